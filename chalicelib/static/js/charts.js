// Charts as SVG that fills its box: lines and bars over days, with a tip for the day under the pointer or the
// arrow keys, and for whoever does not see them a sentence and a table.
import { locale, number, t } from "./i18n.js";
import { html, useState } from "./vendor/preact.js";

/**
 * @typedef {"area" | "dashed" | "bar"} Shape
 * @typedef {{ name: string, look: string, shape: Shape, values: number[], total: number }} Series
 */

const short = new Intl.DateTimeFormat(locale, { month: "short", day: "numeric", timeZone: "UTC" });

/** @param {string} date */
const dayName = (date) => short.format(new Date(date));

/**
 * Round steps, at most four to the top.
 * @param {number} most
 */
function stepsTo(most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most / 4)));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => most / one <= 4) ?? 1;
  const count = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/**
 * A chart over days.
 * @param {{ id: string, title: string, sentence: string, dates: string[], series: Series[], note?: string, isSmall?: boolean }} props
 */
export function DayChart({ id, title, sentence, dates, series, note, isSmall }) {
  const steps = stepsTo(Math.max(...series.flatMap(({ values }) => values)));
  return html`<section class="panel chart${isSmall ? " is-small" : ""}" aria-labelledby=${id}>
    <header class="chart-head"><h2 id=${id}>${title}</h2></header>
    ${note ? html`<p class="plot muted">${note}</p>` : html`<${Plot} sentence=${sentence} dates=${dates} series=${series} steps=${steps} />`}
    <ul class="legend">${series.map(({ name, look, shape, total }) => html`<li key=${name}><span class="key is-${look} is-${shape}"></span>${name} <strong>${note ? "–" : number(total)}</strong></li>`)}</ul>
    ${!isSmall && !note && html`<${Table} title=${title} head=${[t("chart.day"), ...series.map(({ name }) => name)]} rows=${dates.map((date, index) => [dayName(date), ...series.map(({ values }) => values[index] ?? 0)])} />`}
  </section>`;
}

/** @param {{ sentence: string, dates: string[], series: Series[], steps: number[] }} props */
function Plot({ sentence, dates, series, steps }) {
  const [at, setAt] = useState(-1);
  const top = steps.at(-1) ?? 1;
  const last = dates.length - 1;
  const bars = series.filter(({ shape }) => shape === "bar").length;
  /** Where a day is, of 100: bars stand in the middle of their share. @param {number} index */
  const x = (index) => (bars ? ((index + 0.5) * 100) / dates.length : (index * 100) / Math.max(1, last));
  /** @param {number} value */
  const y = (value) => 100 - (value * 100) / top;
  /** @param {PointerEvent & { currentTarget: HTMLElement }} event */
  const point = ({ clientX, currentTarget }) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    const share = (clientX - left) / width;
    setAt(Math.max(0, Math.min(last, bars ? Math.floor(share * dates.length) : Math.round(share * last))));
  };
  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const next = { ArrowLeft: at < 0 ? last : at - 1, ArrowRight: at + 1, Home: 0, End: last, Escape: -1 }[event.key];
    if (next === undefined || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    setAt(Math.min(last, next));
  };
  /** @param {Series} one @param {number} index among the bars */
  const drawn = ({ look, shape, values }, index) => {
    if (shape === "bar") {
      const width = 80 / dates.length / bars;
      const path = values.map((value, day) => `M${x(day) - 40 / dates.length + index * width} 100V${y(value)}h${width * 0.9}V100z`).join("");
      return html`<path key=${look} class="is-${look} is-bar" d=${path} />`;
    }
    const line = values.map((value, day) => `${day ? "L" : "M"}${x(day)} ${y(value)}`).join("");
    return html`${shape === "area" && html`<path class="is-${look} is-fill" d=${`${line}V100H0z`} />`}
      <path key=${look} class="is-${look} is-line is-${shape}" d=${line} />
      ${shape === "area" && html`<path class="is-${look} is-dot" d="M${x(last)} ${y(values[last] ?? 0)}h0" />`}`;
  };
  return html`<div class="plot">
      <div class="drawing" role="img" aria-label=${sentence} tabindex="0" onPointerMove=${point} onPointerLeave=${() => setAt(-1)} onBlur=${() => setAt(-1)} onKeyDown=${onKeyDown}>
        ${steps.map((step) => html`<span class="step" key=${step} style=${{ top: `${y(step)}%` }}>${number(step)}</span>`)}
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">${series.map(drawn)}
          ${at >= 0 && html`<path class="is-guide" d="M${x(at)} 0V100" />`}</svg>
      </div>
      <output class="tip" style=${{ left: `${at < 0 ? 0 : x(at)}%`, translate: `${at < 0 ? 0 : -x(at)}%` }}>${at >= 0 && html`<strong>${dayName(dates[at] ?? "")}</strong>
        ${series.map(({ name, look, shape, values }) => html`<span key=${name}><span class="key is-${look} is-${shape}"></span>${name} ${number(values[at] ?? 0)}</span>`)}`}</output>
      <p class="ends muted" aria-hidden="true"><span>${dayName(dates[0] ?? "")}</span><span>${t("chart.today")}</span></p>
    </div>`;
}

/**
 * Shares of people, each a bar.
 * @param {{ id: string, title: string, sentence: string, parts: { name: string, look: string }[],
 *   rows: { key: string, name: string, face: unknown, values: number[] }[], children?: unknown }} props
 */
export function PeopleChart({ id, title, sentence, parts, rows, children }) {
  /** @param {number[]} values */
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const most = Math.max(1, ...rows.map(({ values }) => sum(values)));
  return html`<section class="panel chart" aria-labelledby=${id}>
    <header class="chart-head"><h2 id=${id}>${title}</h2></header>
    <div class="bars" role="img" aria-label=${sentence}>${rows.map(({ key, name, face, values }) => html`<div class="bar-row" key=${key}>
      ${face}<span class="bar-name">${name}</span>
      <svg viewBox="0 0 ${most} 1" preserveAspectRatio="none" aria-hidden="true">${values.map((value, index) => html`<rect class="is-${parts[index]?.look}" x=${sum(values.slice(0, index))} width=${value} height="1" />`)}</svg>
      <strong>${number(sum(values))}</strong>
    </div>`)}</div>
    <ul class="legend">${parts.map(({ name, look }, index) => html`<li key=${look}><span class="key is-${look}"></span>${name} <strong>${number(sum(rows.map(({ values }) => values[index] ?? 0)))}</strong></li>`)}</ul>
    ${children}
    <${Table} title=${title} head=${[t("field.assigned_to"), ...parts.map(({ name }) => name)]} rows=${rows.map(({ name, values }) => [name, ...values])} />
  </section>`;
}

/** @param {{ title: string, head: string[], rows: (string | number)[][] }} props */
function Table({ title, head, rows }) {
  return html`<details class="as-table"><summary>${t("chart.as_table")}</summary>
    <div tabindex="0" role="group" aria-label=${title}><table>
      <thead><tr>${head.map((name) => html`<th scope="col" key=${name}>${name}</th>`)}</tr></thead>
      <tbody>${rows.map(([name, ...values], index) => html`<tr key=${index}><th scope="row">${name}</th>${values.map((value) => html`<td>${number(Number(value))}</td>`)}</tr>`)}</tbody>
    </table></div>
  </details>`;
}
