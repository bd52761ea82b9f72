/** The JSON of a body. What it says is read by odata.ts. */
import { GraphError } from "./errors";

/** The value of a body; undefined where there is none. */
export function parseBody(body: string | undefined): unknown {
  if (body === undefined || body === "") return undefined;
  const value = parseJson(body);
  if (!isNestedBeyond(value, nestingMax)) return value;
  throw new GraphError(400, "BadRequest", `The JSON of the body is nested more than ${nestingMax} levels deep.`);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new GraphError(
      400,
      "BadRequest",
      "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
    );
  }
}

/** Deeper than anything that Graph takes. What reads a body follows its nesting, and must come to an end. */
const nestingMax = 64;

const isNestedBeyond = (value: unknown, levels: number): boolean =>
  typeof value === "object" &&
  value !== null &&
  (levels === 0 || Object.values(value).some((each) => isNestedBeyond(each, levels - 1)));
