// Types of the vendored module; the packages themselves are development dependencies.
import type { VNode } from "preact";
export type { ComponentChildren, RefObject, VNode } from "preact";
export { h, render, Fragment } from "preact";
export { useEffect, useLayoutEffect, useRef, useState, useId } from "preact/hooks";
export type { ReadonlySignal, Signal } from "@preact/signals";
export {
  signal,
  computed,
  effect,
  batch,
  untracked,
  useSignal,
  useComputed,
  useSignalEffect,
} from "@preact/signals";
export function html(strings: TemplateStringsArray, ...values: unknown[]): VNode;
