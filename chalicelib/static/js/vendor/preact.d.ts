// Types of the vendored module; the packages themselves are development dependencies.
import type { VNode } from "preact";
export type { ComponentChildren, RefObject, VNode } from "preact";
export { h, render } from "preact";
export { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
export type { ReadonlySignal, Signal } from "@preact/signals";
export {
  signal,
  computed,
  effect,
  batch,
  useComputed,
} from "@preact/signals";
export function html(strings: TemplateStringsArray, ...values: unknown[]): VNode;
