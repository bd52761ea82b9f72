/** Mocha's results as a line for each test file, failures with their difference, and the counts to who asked for them. */
import { relative } from "node:path";
import { reporters } from "mocha";
import { root, seconds } from "./parts.mjs";

const { Base } = reporters;

export default class Lines extends Base {
  constructor(runner, options) {
    super(runner, options);
    const files = new Map();
    const rowOf = (file) => {
      const name = file ? relative(root, file) : "(hooks)";
      const row = files.get(name) ?? { name, passed: 0, failed: 0, skipped: 0, since: performance.now() };
      files.set(name, row);
      return row;
    };
    let current;
    const tell = () => current && console.log(line(current));
    runner.on("test", (test) => {
      const row = rowOf(test.file);
      if (row === current) return;
      tell();
      row.since = performance.now();
      current = row;
    });
    runner.on("pass", (test) => rowOf(test.file).passed++);
    runner.on("pending", (test) => rowOf(test.file).skipped++);
    runner.on("fail", (test) => rowOf(test.file).failed++);
    runner.once("end", () => {
      tell();
      if (this.failures.length > 0) Base.list(this.failures);
      const total = (name) => [...files.values()].reduce((sum, row) => sum + row[name], 0);
      process.send?.({ passed: total("passed"), failed: total("failed"), skipped: total("skipped") });
    });
  }
}

function line({ name, passed, failed, skipped, since }) {
  const counts = [`${passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`];
  const text = `${failed > 0 ? "FAIL" : "ok"}`.padEnd(5);
  return `${text}${name.padEnd(52)} ${counts.filter(Boolean).join(", ")}  (${seconds(performance.now() - since)})`;
}
