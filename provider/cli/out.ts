import { stripVTControlCharacters } from "node:util";
import type { Ora } from "ora";
import { createColors, isColorSupported } from "picocolors";

/** Where a verb writes: results on stdout, remarks about the run on stderr. */
export interface Out {
  paint: ReturnType<typeof createColors>;
  /** One line of the result; none where a document was asked for. */
  line(text?: string): void;
  /** One line about the run. */
  note(text: string): void;
  /** The document that `--json` asks for: the only thing on stdout. */
  document(value: unknown): void;
  /** Text as it is, such as a seed or a state. */
  raw(text: string): void;
  /** What is under way, on a terminal only; nothing removes it. */
  progress(text?: string): void;
}

/** Colours where the reader is a terminal; NO_COLOR and FORCE_COLOR have the last word. */
const paintFor = (stream: NodeJS.WriteStream) =>
  createColors(isColorSupported && (stream.isTTY === true || Boolean(process.env.FORCE_COLOR)));

/** The out of a process. With `json`, lines are left out so that the document stands alone. */
export function processOut(json = false): Out {
  let spinner: Ora | undefined;
  const write = (stream: NodeJS.WriteStream, text: string) => {
    spinner?.clear();
    stream.write(text);
    spinner?.render();
  };
  return {
    paint: paintFor(process.stdout),
    line: (text = "") => {
      if (!json) write(process.stdout, `${wrapped(text, process.stdout.columns)}\n`);
    },
    note: (text) => write(process.stderr, `${wrapped(text, process.stderr.columns)}\n`),
    document: (value) => write(process.stdout, `${JSON.stringify(value, null, 2)}\n`),
    raw: (text) => write(process.stdout, text),
    progress: (text) => {
      if (!process.stderr.isTTY) return;
      if (text === undefined) {
        spinner?.stop();
        spinner = undefined;
        return;
      }
      spinner ??= startSpinner();
      spinner.text = text;
    },
  };
}

/** Loaded where there is a terminal only: it costs a third of the command's start. */
function startSpinner(): Ora {
  const { default: ora } = require("ora") as typeof import("ora");
  return ora({ stream: process.stderr, discardStdin: false }).start();
}

/**
 * Long lines broken between words, a little further in than they begin; a terminal would break in the middle of them.
 * @param width of the terminal; undefined where there is none, and a program may read the lines
 */
export function wrapped(text: string, width: number | undefined): string {
  if (width === undefined) return text;
  return text
    .split("\n")
    .flatMap((line) => wrapLine(line, width))
    .join("\n");
}

function wrapLine(line: string, width: number): string[] {
  const shown = (part: string) => stripVTControlCharacters(part).length;
  const hanging = " ".repeat(Math.min(shown(line) - stripVTControlCharacters(line).trimStart().length + 2, width >> 1));
  const lines: string[] = [];
  let current = "";
  for (const part of line.split(/(?<=\S)(?= )/)) {
    if (shown(current) > 0 && shown(current + part) > width) {
      lines.push(current);
      current = `${hanging}${part.trimStart()}`;
    } else {
      current += part;
    }
  }
  return [...lines, current];
}

/** Columns set under each other, two spaces apart; the last one is as long as it is. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at]!)))
      .join("  ")
      .trimEnd(),
  );
}

/** A heading with lines below; nothing where there are none. */
export const section = (title: string, lines: readonly string[], paint: Out["paint"]): string[] =>
  lines.length === 0 ? [] : ["", paint.bold(title), ...lines];

/** `1 device`, `2 devices`. */
export const count = (number: number, one: string, several = `${one}s`): string =>
  `${number} ${number === 1 ? one : several}`;
