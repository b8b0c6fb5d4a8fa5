"""The people and tasks that a first start shows: a small team on its way to a release."""

from typing import NamedTuple

PASSWORD = "plant-a-tree-42"  # noqa: S105 - printed on purpose, for this machine only
ADA, GRACE, LINUS = "Ada Lovelace", "Grace Hopper", "Linus Berg"
PEOPLE = {ADA: "ada@example.com", GRACE: "grace@example.com", LINUS: "linus@example.com"}
LOGIN = PEOPLE[ADA]


class Row(NamedTuple):
    """One task. Days count from today: `created` ago, `due` ahead; None is no due date."""

    title: str
    description: str
    status: str
    priority: str
    creator: str
    assignee: str | None
    created: int
    due: int | None


# fmt: off
TASKS = (
    Row("Choose a name for the release", "Short, pronounceable, not taken.", "completed", "low", ADA, GRACE, 38, -30),
    Row("Interview five customers about reminders", "Notes go into the shared folder, one page each.", "completed", "high", GRACE, GRACE, 36, -25),
    Row("Write the privacy notice", "Plain words, one page. Legal reads it after us.", "completed", "medium", ADA, LINUS, 35, -20),
    Row("Move the build to the new runner", "", "completed", "medium", LINUS, LINUS, 33, -24),
    Row("Draw the icon set", "Twelve icons, 24 px grid, one stroke width.", "completed", "medium", GRACE, ADA, 31, -14),
    Row("Agree on the accessibility bar", "WCAG 2.2 AA, checked in every pull request.", "completed", "high", ADA, ADA, 30, -18),
    Row("Collect the support questions of last quarter", "", "completed", "low", GRACE, LINUS, 28, -15),
    Row("Replace the print stylesheet", "The old one cut long titles.", "cancelled", "low", LINUS, LINUS, 27, None),
    Row("Measure start-up time on an old phone", "Median of nine cold starts.", "completed", "high", LINUS, LINUS, 25, -9),
    Row("Set up the status page", "", "completed", "medium", LINUS, GRACE, 22, -7),
    Row("Translate the sign-in page into Portuguese", "Mariana offered to review.", "in_progress", "medium", GRACE, GRACE, 21, -3),
    Row("Renew the certificate of the staging site", "It runs out this month. Automate it while you are there.", "pending", "urgent", ADA, LINUS, 20, -2),
    Row("Fix the double reminder after midnight", "Seen twice in the logs, both times within a minute of 00:00 UTC.", "in_progress", "urgent", GRACE, LINUS, 18, -1),
    Row("Answer the auditor's questions about backups", "Four questions, see the letter of the 3rd.", "in_progress", "high", ADA, ADA, 17, -5),
    Row("Plan the moving day for the office", "", "cancelled", "medium", GRACE, GRACE, 17, -6),
    Row("Order the new keyboards", "Three, the quiet ones.", "pending", "low", LINUS, GRACE, 16, -4),
    Row("Publish the API's changelog", "", "completed", "medium", ADA, LINUS, 15, -2),
    Row("Rehearse restoring a backup", "Into an empty account, with a stopwatch.", "pending", "urgent", ADA, ADA, 14, 0),
    Row("Send the invoice for October", "", "in_progress", "high", ADA, GRACE, 13, 0),
    Row("Review the design of the weekly digest", "Is it useful on a Monday morning?", "pending", "medium", GRACE, ADA, 12, 0),
    Row("Prepare the demo for Thursday", "Ten minutes, two browsers, no slides.", "in_progress", "high", GRACE, ADA, 12, 1),
    Row("Shorten the sign-up form", "Name, email, password. Nothing else.", "completed", "high", LINUS, ADA, 11, 2),
    Row("Book the train to Lisbon", "", "pending", "medium", ADA, ADA, 10, 1),
    Row("Try keyboard-only for a day", "Write down every place where the focus gets lost.", "in_progress", "medium", LINUS, GRACE, 10, 2),
    Row("Document the rate limits", "", "pending", "low", LINUS, LINUS, 9, 3),
    Row("Ask three teams to be the first users", "A team of two, one of ten, one of thirty.", "in_progress", "urgent", ADA, GRACE, 9, 3),
    Row("Cut the size of the start page by half", "Fonts first.", "pending", "high", LINUS, LINUS, 8, 4),
    Row("Write the announcement", "What it does, for whom, what it leaves out.", "pending", "high", ADA, GRACE, 7, 5),
    Row("Check colours in dark mode", "The badge for low priority is hard to read.", "in_progress", "low", GRACE, GRACE, 6, 5),
    Row("Draft the answers for the press", "", "cancelled", "low", ADA, None, 6, 6),
    Row("Load test with a thousand sockets", "One slow reader must not delay the others.", "pending", "urgent", LINUS, LINUS, 5, 7),
    Row("Invite the translators to a call", "", "completed", "low", GRACE, GRACE, 5, 1),
    Row("Export tasks as CSV", "With the filters of the current view.", "pending", "medium", GRACE, LINUS, 4, 10),
    Row("Sketch the calendar's week view", "", "pending", "low", GRACE, ADA, 4, 12),
    Row("Decide on the pricing page", "Two variants are in the folder.", "in_progress", "medium", ADA, ADA, 3, 9),
    Row("Clean up old feature flags", "", "pending", "low", LINUS, None, 3, None),
    Row("Describe the on-call rota", "Who, when, and what may wait until morning.", "pending", "medium", ADA, LINUS, 2, 14),
    Row("Collect quotes for the winter retreat", "Somewhere with trees.", "pending", "low", GRACE, None, 2, 30),
    Row("Retire the old mailing list", "", "pending", "medium", LINUS, GRACE, 1, 21),
    Row("Thank the beta testers", "By name. They found eleven bugs.", "pending", "high", ADA, ADA, 0, 8),
)
# fmt: on
