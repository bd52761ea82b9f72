/** Patterns of paths, for faults and for the request log: `*` is one segment, `**` any number of them, none included. */

/** Segments as routes have them: `/users('1')/microsoft.graph.x` and `/users/1/x` are the same path. */
const segmentsOf = (path: string): string[] =>
  path
    .replace(/\('?([^'()]*)'?\)/g, "/$1")
    .split("/")
    .filter((segment) => segment !== "")
    .map((segment) =>
      decoded(segment)
        .replace(/^(microsoft\.)?graph\./i, "")
        .toLowerCase(),
    );

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Whether a path, after its root, is one that the pattern means. */
export const matchesPath = (pattern: string, path: string): boolean => matches(segmentsOf(pattern), segmentsOf(path));

/** Goes back to the last `**` alone: an earlier one need never take more, so that no pattern is slow. */
function matches(pattern: readonly string[], path: readonly string[]): boolean {
  let [at, of] = [0, 0];
  let again: { at: number; of: number } | undefined;
  while (of < path.length) {
    const wanted = pattern[at];
    if (wanted === "**") again = { at: at++, of };
    else if (wanted !== undefined && (wanted === "*" || wanted === path[of])) [at, of] = [at + 1, of + 1];
    else if (again) {
      again.of++;
      [at, of] = [again.at + 1, again.of];
    } else return false;
  }
  return pattern.slice(at).every((wanted) => wanted === "**");
}
