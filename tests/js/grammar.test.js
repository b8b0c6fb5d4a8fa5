// The line of quick add: what it understands, in both languages, and what it leaves alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { completing, keep, mention, parse } from "../../chalicelib/static/js/grammar.js";

const members = [
  { id: "ada", name: "Ada Lovelace" },
  { id: "grace", name: "Grace Hopper" },
  { id: "juergen", name: "Jürgen Groß" },
  { id: "anna", name: "Anna Schmidt" },
  { id: "anna2", name: "Anna Maria Schulz" },
  { id: "bare", name: "Ken" },
  { id: "ken", name: "Ken Thompson" },
  { id: "img", name: "<img src=x onerror=alert(1)>" },
];
// A Wednesday.
const today = "2026-11-25";
const context = { today, language: "en", me: "ada", members };

/** @param {string} text @param {object} [other] */
const read = (text, other = {}) => parse(text, { ...context, ...other });

/** Each day is tried alone, at the end, in the middle and at the beginning of a title. */
const days = {
  "2026-11-25": ["today", "Today", "TODAY", "tonight", "heute", "Heute", "2026-11-25", "25 nov", "25.11.", "by today", "bis heute", "due today", "fällig heute"],
  "2026-11-26": ["tomorrow", "tmr", "tmrw", "morgen", "by tomorrow", "bis morgen", "in 1 day", "in a day", "in einem Tag", "thursday", "Donnerstag", "on thu", "am Do", "this thursday"],
  "2026-11-27": ["day after tomorrow", "the day after tomorrow", "übermorgen", "Übermorgen", "uebermorgen", "friday", "Freitag", "by friday", "due by friday", "bis Freitag", "am Freitag", "on fri", "this friday", "coming friday", "diesen Freitag", "kommenden Freitag", "in two days", "in zwei Tagen", "in 2 days"],
  "2026-11-28": ["in 3 days", "in 3 Tagen", "in three days", "in drei Tagen", "28 nov", "28 Nov", "28. Nov.", "28. November", "28 november", "nov 28", "Nov 28", "November 28th", "28th november", "28th of November", "28.11.", "28.11.2026", "28.11.26", "2026-11-28", "saturday", "Samstag", "Sonnabend", "am Samstag", "on 28 nov", "by 28.11.", "bis zum 28.11.", "am 28. November", "until 28 nov 2026", "nov 28, 2026", "28 nov 2026"],
  "2026-11-29": ["sunday", "Sonntag", "in four days", "in vier Tagen"],
  "2026-11-30": ["monday", "Montag", "next monday", "nächsten Montag", "next week", "nächste Woche", "naechste Woche", "30 nov", "30.11.", "on mon", "am Mo"],
  "2026-12-01": ["tuesday", "Dienstag", "next tuesday", "nächsten Dienstag", "next month", "nächsten Monat", "1 dec", "1. Dezember", "dec 1st", "1.12.", "01.12."],
  "2026-12-02": ["wednesday", "Mittwoch", "next wednesday", "in a week", "in 1 week", "in einer Woche", "in 7 days", "in sieben Tagen", "2nd december"],
  "2026-12-04": ["next friday", "nächsten Freitag", "Nächster Freitag", "next fri", "nächsten Fr"],
  "2026-12-05": ["in ten days", "in zehn Tagen", "next saturday"],
  "2026-12-06": ["next sunday", "nächsten Sonntag"],
  "2026-12-09": ["in 2 weeks", "in zwei Wochen", "in 14 days"],
  "2026-12-24": ["24 dec", "24. Dezember", "24.12.", "24.12.26", "Dec 24", "24. Dez.", "2026-12-24"],
  "2026-12-25": ["in a month", "in 1 month", "in einem Monat"],
  "2026-12-31": ["31 dec", "31.12.", "31. Dezember"],
  "2027-01-01": ["1 jan", "1. Januar", "1. Jänner", "1.1.", "01.01.", "january 1", "next year", "nächstes Jahr", "1.1.27", "1 jan 2027"],
  "2027-02-25": ["in 3 months", "in drei Monaten", "25 feb", "25. Februar"],
  "2027-03-03": ["3 march", "3. März", "3. Mär", "3.3.", "mar 3", "3rd of march", "3. Maerz"],
  "2027-05-05": ["5 may", "5. Mai", "may 5", "May 5th"],
  "2027-10-03": ["3 oct", "3. Oktober", "3. Okt.", "october 3rd"],
  "2027-11-24": ["24 nov", "24.11.", "24. November"],
  "2027-11-25": ["in a year", "in 12 months", "in 1 year", "in einem Jahr"],
  "2028-02-29": ["29 feb", "29.2.", "29. Februar", "29.02.2028", "2028-02-29", "feb 29"],
  "2026-01-05": ["2026-01-05", "5.1.2026", "5 jan 2026"],
};
for (const [due, ways] of Object.entries(days)) {
  for (const way of ways) {
    for (const [text, title] of [
      [`Call mom ${way}`, "Call mom"],
      [`Call mom ${way} about it`, "Call mom about it"],
      [`${way} call mom`, "call mom"],
      [`Call mom ${way}, then rest`, "Call mom, then rest"],
      [`Call mom ${way}!`, "Call mom!"],
    ]) {
      test(`${text}: ${due}`, () => {
        const { title: left, fields, faults } = read(text);
        assert.deepEqual({ left, fields, faults }, { left: title, fields: { due_date: due }, faults: [] });
      });
    }
  }
}

const calendar = [
  ["2026-11-30", "monday", "2026-12-07"],
  ["2026-11-30", "next monday", "2026-12-07"],
  ["2026-11-29", "monday", "2026-11-30"],
  ["2026-11-29", "next friday", "2026-12-04"],
  ["2026-12-31", "tomorrow", "2027-01-01"],
  ["2026-12-31", "übermorgen", "2027-01-02"],
  ["2026-12-31", "31.12.", "2026-12-31"],
  ["2026-12-30", "in 3 Tagen", "2027-01-02"],
  ["2026-12-10", "next month", "2027-01-01"],
  ["2026-12-31", "next week", "2027-01-04"],
  ["2027-01-31", "in a month", "2027-02-28"],
  ["2028-01-31", "in a month", "2028-02-29"],
  ["2028-02-28", "tomorrow", "2028-02-29"],
  ["2027-02-28", "tomorrow", "2027-03-01"],
  ["2028-02-29", "in 1 year", "2029-02-28"],
  ["2028-02-29", "29 feb", "2028-02-29"],
  ["2028-03-01", "29 feb", "2032-02-29"],
  ["2096-03-01", "29 feb", "2104-02-29"],
  ["2026-10-31", "in einem Monat", "2026-11-30"],
  ["2026-03-28", "tomorrow", "2026-03-29"],
  ["2026-03-28", "in 2 days", "2026-03-30"],
  ["2026-10-24", "in 2 Tagen", "2026-10-26"],
];
for (const [day, text, due] of calendar) {
  test(`on ${day}, ${text} is ${due}`, () => assert.equal(read(`x ${text}`, { today: day }).fields.due_date, due));
}

const impossible = ["30 feb", "31.2.", "31. Februar", "2026-02-30", "2026-13-01", "2026-00-10", "29.2.2027", "29 feb 2027", "31.4.", "31 nov", "31st of june", "0000-01-01", "by 31.9.", "in 9999 years"];
for (const text of impossible) {
  test(`${text} is no day`, () => {
    const { title, fields, faults } = read(`Pay ${text}`);
    assert.deepEqual({ title, fields }, { title: `Pay ${text}`, fields: {} });
    assert.deepEqual(faults, [{ kind: "date", start: 4, end: 4 + text.length, text }]);
  });
}

const untouched = [
  "Guten Morgen sagen", "Am Morgen lüften", "Freitag-Mail", "Today's news", "Morgen-Runde", "tomorrowland", "Montagsrunde",
  "Chapter 13.14.", "Version 1.2.3", "Use 3.14", "Sun screen", "do the thing", "so what", "Mach es so", "may I", "Mon ami Pierre", "Marching on",
  "Wed them", "Released in 2026", "in 3 minutes", "in days", "Step 2", "100 nov", "45 dec", "0 may", "the day after",
  "P5 engine", "p10", "up1", "p0", "GP1", "!important", "wow!", "!", "@", "a@b.example", "mail ada@example.com", "C:\\temp", "a \\ b", "\\x",
  'Fix the "today" button', "Fix the „heute“ button", "Fix “p1” and «@ada»", 'The "next friday p1 @ada !done" line', "#p1", "(today)", "constructor", "toString __proto__ p1x",
];
for (const text of untouched) {
  test(`${text} stays as it is`, () => {
    const { title, fields, faults, spans } = read(text);
    assert.deepEqual({ title, fields, faults, spans }, { title: text, fields: {}, faults: [], spans: [] });
  });
}

const morning = read("Freitag morgen lüften");
test("a day's morning is that day", () => assert.deepEqual([morning.title, morning.fields], ["morgen lüften", { due_date: "2026-11-27" }]));

for (const [text, priority] of Object.entries({ p1: "urgent", P1: "urgent", p2: "high", "p3": "medium", "p4,": "low", "p4.": "low" })) {
  test(`${text} is ${priority}`, () => assert.equal(read(`Do ${text}`).fields.priority, priority));
}

const statuses = {
  pending: ["!todo", "!open", "!pending", "!offen"],
  in_progress: ["!doing", "!progress", "!started", "!in_progress", "!begonnen", "!läuft", "!laeuft"],
  completed: ["!done", "!Done", "!completed", "!fertig", "!erledigt"],
  cancelled: ["!cancelled", "!canceled", "!abgebrochen"],
};
for (const [status, ways] of Object.entries(statuses)) {
  for (const way of ways) test(`${way} is ${status}`, () => assert.deepEqual([read(`Do it ${way}`).title, read(`${way} do it`).fields.status], ["Do it", status]));
}

const people = {
  ada: ["@ada", "@Ada", "@ADA", "@lovelace", "@Ada Lovelace", "@ada lovelace", "@me", "@ich", "@Me", "@ada,", "@ada."],
  grace: ["@grace", "@hopper", "@Grace Hopper"],
  juergen: ["@jürgen", "@Juergen", "@jurgen", "@Jürgen Groß", "@juergen gross", "@Gross", "@ju\u0308rgen"],
  anna: ["@schmidt", "@Anna Schmidt"],
  anna2: ["@maria", "@Anna Maria Schulz", "@schulz"],
  bare: ["@ken", "@Ken"],
  ken: ["@Ken Thompson", "@thompson"],
  img: ["@<img src=x onerror=alert(1)>", "@<img"],
};
for (const [id, ways] of Object.entries(people)) {
  for (const way of ways) {
    test(`${way} is ${id}`, () => {
      const { fields, title, faults } = read(`Ask ${way} tomorrow`);
      assert.deepEqual([fields, title.replace(/[.,]/g, ""), faults], [{ assigned_to: id, due_date: "2026-11-26" }, "Ask", []]);
    });
  }
}

test("an unknown person is a fault and stays in the title", () => {
  assert.deepEqual(read("Ask @nobody p1"), {
    title: "Ask @nobody",
    fields: { priority: "urgent" },
    spans: [{ field: "priority", value: "urgent", start: 12, end: 14 }],
    faults: [{ kind: "person", start: 4, end: 11, text: "@nobody" }],
  });
});

test("a name of two people is a fault", () => {
  assert.deepEqual(read("Ask @anna").faults, [{ kind: "people", start: 4, end: 9, text: "@anna" }]);
});

test("everything at once", () => {
  assert.deepEqual(read("p1 Ship it by next friday @grace !doing"), {
    title: "Ship it",
    fields: { priority: "urgent", due_date: "2026-12-04", assigned_to: "grace", status: "in_progress" },
    spans: [
      { field: "priority", value: "urgent", start: 0, end: 2 },
      { field: "due_date", value: "2026-12-04", start: 11, end: 25 },
      { field: "assigned_to", value: "grace", start: 26, end: 32 },
      { field: "status", value: "in_progress", start: 33, end: 39 },
    ],
    faults: [],
  });
});

test("of two days the last counts, and the first stays", () => {
  assert.deepEqual([read("Plan monday meeting tomorrow").title, read("Plan monday meeting tomorrow").fields.due_date], ["Plan monday meeting", "2026-11-26"]);
});

test("a title is needed", () => {
  for (const text of ["", "   ", "p1", "today @ada p2"]) assert.equal(read(text).faults.at(-1)?.kind, "empty");
});

test("a title has at most 200 characters, counted as people do", () => {
  assert.deepEqual(read("x".repeat(200)).faults, []);
  assert.deepEqual(read("😀".repeat(200)).faults, []);
  assert.equal(read("x".repeat(201)).faults[0]?.kind, "long");
  assert.deepEqual(read(`${"x".repeat(200)} tomorrow p1 @ada`).faults, []);
});

test("a backslash keeps the whole phrase", () => {
  for (const phrase of ["next friday", "by 28 nov", "p1", "@ada", "@nobody", "!done", "heute", "31.2.", "@Grace Hopper"]) {
    const { title, fields, faults } = read(`Do \\${phrase} now`);
    assert.deepEqual({ title, fields, faults }, { title: `Do ${phrase} now`, fields: {}, faults: [] });
  }
  assert.equal(read("by \\friday").title, "by friday");
});

test("a piece taken back stays in the title", () => {
  const text = "Ship it by next friday p1";
  const span = read(text).spans.find(({ field }) => field === "due_date");
  assert.deepEqual(read(keep(text, span)).title, "Ship it by next friday");
  assert.deepEqual(read(keep(text, span)).fields, { priority: "urgent" });
});

test("short days depend on the language", () => {
  assert.equal(read("Call on sat").fields.due_date, "2026-11-28");
  assert.equal(read("Call sat").fields.due_date, "2026-11-28");
  assert.equal(read("Anrufen sat", { language: "de" }).fields.due_date, undefined);
  assert.equal(read("Anrufen am Sa", { language: "de" }).fields.due_date, "2026-11-28");
});

test("people are offered while a mention is typed", () => {
  const offer = (text, caret = text.length) => completing(text, caret, members)?.people.map(({ id }) => id);
  assert.deepEqual(offer("Ask @a"), ["ada", "anna", "anna2"]);
  assert.deepEqual(offer("Ask @ju"), ["juergen"]);
  assert.deepEqual(offer("Ask @jue"), ["juergen"]);
  assert.deepEqual(offer("Ask @JÜ"), ["juergen"]);
  assert.deepEqual(offer("Ask @x"), []);
  assert.equal(offer("Ask @")?.length, 6);
  assert.equal(offer("Ask @a now"), undefined);
  assert.deepEqual(offer("Ask @gra now", 8), ["grace"]);
  assert.equal(offer("mail a@g"), undefined);
  assert.equal(offer("@ada", 0), undefined);
});

test("a mention names exactly one", () => {
  for (const who of members) assert.equal(read(`Ask ${mention(who, context)} p1`).fields.assigned_to, who.id);
  assert.equal(mention(members[1], context), "@Grace");
  assert.equal(mention(members[3], context), "@Anna Schmidt");
});

test("time grows with the length only", () => {
  const pieces = ['"', "„", "“ ", '" ', "@", "@a ", "@ada ", "\\", "\\ ", " ", "in ", "in 3 ", "next ", "by by ", "28.11.", "28. ", "p1 ", "!done ", "day after ", "a\u0308", "😀", "1", ".", "),;", "am bis zum "];
  const cost = (length) => {
    const started = performance.now();
    for (const piece of pieces) read(piece.repeat(length / piece.length));
    return performance.now() - started;
  };
  cost(10_000);
  const [small, large] = [cost(20_000), cost(200_000)];
  assert.ok(large < Math.max(20, small) * 40, `${small} ms, then ${large} ms`);
});
