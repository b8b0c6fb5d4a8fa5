// What the API sends, as the contract states it; ambient, so that every module's JSDoc can name it.
type Status = "pending" | "in_progress" | "completed" | "cancelled";
type Priority = "low" | "medium" | "high" | "urgent";

interface Task {
  id: string;
  team: string;
  title: string;
  /** Not in what a page is drawn with, which may be much; lists and single tasks have it. */
  description?: string;
  status: Status;
  priority: Priority;
  created_by: string;
  assigned_to: string | null;
  due_date: string | null;
  completed_at: string | null;
  created_at: string;
  updated_at: string;
  version: number;
  /** Its place in the column of its status: ascending is top to bottom. */
  rank: string;
  creator_name?: string;
  assignee_name?: string;
}

/** The fields a person may set. */
type Editable = "title" | "description" | "status" | "priority" | "assigned_to" | "due_date";
type TaskFields = Required<Pick<Task, Editable>>;

interface Person {
  id: string;
  name: string;
  email: string;
  role: string;
}

interface Change {
  type: "task_update";
  action: "created" | "updated" | "deleted";
  task: Task;
  actor: { id: string; name: string };
  changed?: (Editable | "rank")[];
  /** Created is what came out of the trash, too. */
  restored?: boolean;
  id: string;
  at: string;
}

/** Who has what open; the full list each time, and an older one is not news. */
interface PresenceFrame {
  type: "presence";
  team: string;
  people: { id: string; name: string; tasks: string[] }[];
  at: number;
}

interface Stats {
  total_tasks: number;
  pending: number;
  in_progress: number;
  completed: number;
  cancelled: number;
  overdue: number;
  total_users: number;
  source: "database" | "cache";
  generated_at: string;
}

interface Boot {
  base: string;
  version: string;
  user: Person & { created_at: string; language: string | null; time_zone: string | null; theme: string | null };
  team: { key: string; name: string; role: string };
  members: Person[];
  stats: Stats;
  /** The upper ends of the board's columns, without descriptions. */
  tasks: Task[];
  /** How many of each column that may be. */
  first: number;
  /** What the view shows beside the upper ends of the columns. */
  others: Task[];
  changes: Change[];
  cursor: string;
}
