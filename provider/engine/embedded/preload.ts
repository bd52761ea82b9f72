/** What each process that the engine starts runs first. */

/** Runs in that process, from its text: it must not refer to anything outside itself. */
function preload(enginePid: number): void {
  const { isMainThread } = process.getBuiltinModule("node:worker_threads");
  // Processes and threads that the program makes inherit the arguments of Node, this one among them.
  if (process.ppid !== enginePid || !isMainThread) return;

  // The engine holds the other end of this pipe: when it is gone, even killed, so is this process.
  process.stdin.on("end", () => process.exit());
  process.stdin.on("error", () => process.exit());
  process.stdin.resume();
  (process.stdin as unknown as { unref?(): void }).unref?.();

  if (process.env.PULUMI_DEBUG_PROMISE_LEAKS) return;

  // The SDK takes a stack for every promise and every resource, and maps each frame of it to its source: most of the
  // time of a large program. Nobody reads those, so they are left empty; all other stacks are as ever.
  type Prepare = (error: Error, frames: NodeJS.CallSite[]) => unknown;
  const isForNobody = (frame: NodeJS.CallSite | undefined) => {
    const name = frame?.getFunctionName();
    if (name !== "debuggablePromise" && name !== "callsites") return false;
    return /@pulumi.pulumi.(runtime.debuggable|resource)\.js$/.test(frame?.getFileName() ?? "");
  };
  const sparing = new WeakSet<Prepare>();
  const spare = (prepare: Prepare): Prepare => {
    if (sparing.has(prepare)) return prepare;
    const spared: Prepare = (error, frames) => (isForNobody(frames[0]) ? "Error" : prepare(error, frames));
    sparing.add(spared);
    return spared;
  };
  let current = Error.prepareStackTrace as Prepare | undefined;
  Object.defineProperty(Error, "prepareStackTrace", {
    configurable: true,
    get: () => current,
    set(next: Prepare | undefined) {
      current = typeof next === "function" ? spare(next) : next;
    },
  });
}

/** The argument of Node that runs it. A development server may have wrapped functions in `__name`. */
export const PRELOAD = `--import=data:text/javascript,${encodeURIComponent(
  `const __name = (named) => named; (${preload.toString()})(${process.pid});`,
)}`;
