/** The document's published form: held to the types by the compiler, to files by zod, and to other programs by JSON Schema. */
import { constants } from "node:buffer";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../user-error";
import { type Category, categories, categoryNames, type HeldImpact, type Impact, impactVersion } from "./impact";
import type { Rows } from "./rows";

const number = z.number().int().min(0);
const count = z.strictObject({ people: number, devices: number });
const category = z.enum(categoryNames as [Category, ...Category[]]);

const resource = z.strictObject({
  urn: z.string(),
  type: z.string(),
  name: z.string().describe("name in the program"),
  op: z.enum(["create", "update", "replace", "delete"]),
  id: z.string().optional().describe("id of the object that is there"),
  reasons: z.array(
    z.strictObject({
      property: z.string(),
      old: z.unknown(),
      new: z.unknown(),
      rule: z.string().optional().describe("rule by which the change replaces"),
      why: z.string().optional(),
    }),
  ),
  sees: z.string().describe("what the user sees, in one sentence"),
  sharedWith: z
    .string()
    .optional()
    .describe("URN of the resource that the same people are told of already: the numbers are no others"),
  groups: z.array(z.string()).describe("names of the groups that it is for, before or after"),
  ...count.shape,
});

const device = z.strictObject({
  deviceId: z.string(),
  deviceName: z.string(),
  userPrincipalName: z.string().nullable(),
  platform: z.string(),
  profile: z
    .strictObject({ id: z.string(), name: z.string() })
    .nullable()
    .describe("null: it is about the device's access to Exchange"),
  before: z.string(),
  after: z.string(),
  category,
  reason: z.string(),
  rule: z.string(),
  at: z.string().nullable().describe("when, by the tenant's clock; null: it is what does not happen any more"),
});

const impact = z
  .strictObject({
    version: z.literal(impactVersion),
    project: z.string(),
    stack: z.string(),
    tenant: z.strictObject({
      displayName: z.string(),
      domain: z.string(),
      clock: z.string().describe("the tenant's own time"),
      source: z.enum(["embedded", "endpoint", "twin"]),
      takenAt: z.string().optional().describe("when the twin was made, in real time"),
      assumed: z.array(z.string()).describe("what is not known of the tenant and was assumed"),
    }),
    horizon: z.strictObject({ until: z.string(), ms: number }),
    resources: z.array(resource).describe("what the plan changes, replacements first"),
    devices: z.array(device).describe("a row for each thing that changes on a device"),
    people: z
      .array(
        z.strictObject({
          userPrincipalName: z.string(),
          displayName: z.string(),
          categories: z.array(category),
          mailBefore: z.boolean(),
          mailAfter: z.boolean(),
        }),
      )
      .describe("each person for whom something changes"),
    counts: z
      .record(category, count)
      .describe(
        `each is counted once in a category: ${categoryNames.map((name) => `${name} (${categories[name].many})`).join(", ")}`,
      ),
    risks: z.array(
      z.strictObject({
        kind: z.string(),
        rule: z.string(),
        message: z.string(),
        names: z.array(z.string()),
        ...count.shape,
      }),
    ),
    others: z.array(z.strictObject({ type: z.string(), count: number })).describe("resources of other providers"),
    calls: z
      .array(z.strictObject({ method: z.string(), path: z.string(), body: z.unknown().optional() }))
      .describe("what is sent to Graph, without secrets"),
  })
  .describe("What a plan does to people and devices (intune-mail impact --format json)");

/** JSON Schema of the document. */
export const impactJsonSchema = (): object => z.toJSONSchema(impact);

/** The document as text, piece by piece: as a whole it may be longer than a text can be. */
export function* impactText(impact: Impact): Generator<string> {
  let text = "";
  for (const part of parts(impact)) {
    text += part;
    if (text.length < pieceLength) continue;
    yield text;
    text = "";
  }
  yield text;
}

const pieceLength = 65_536;

function* parts(impact: Impact): Generator<string> {
  let before = "{";
  for (const [key, value] of Object.entries(impact)) {
    yield `${before}\n  ${JSON.stringify(key)}: `;
    yield* key === "devices" || key === "people" ? list(value) : [indented(value, "  ")];
    before = ",";
  }
  yield "\n}\n";
}

function* list(rows: Rows<object>): Generator<string> {
  let before = "[";
  for (const row of rows) {
    yield `${before}\n    ${indented(row, "    ")}`;
    before = ",";
  }
  yield rows.length === 0 ? "[]" : "\n  ]";
}

const indented = (value: unknown, by: string) => JSON.stringify(value, null, 2).replaceAll("\n", `\n${by}`);

/**
 * The document in a file; all of it is in memory then.
 * @param longest text that can be read, in bytes
 */
export function readImpactFile(file: string, longest = constants.MAX_STRING_LENGTH): HeldImpact {
  const { size } = statSync(file);
  if (size <= longest) return readImpact(readFileSync(file, "utf8"), resolve(file));
  const mib = (bytes: number) => `${Math.ceil(bytes / 2 ** 20).toLocaleString("en-US")} MiB`;
  throw new UserError(
    `The forecast ${resolve(file)} has ${mib(size)}, and one of at most ${mib(longest)} can be read again. Make the report together with the forecast: intune-mail impact, without --forecast.`,
  );
}

/**
 * The document in a file's text.
 * @param from how messages call it
 */
export function readImpact(text: string, from: string): HeldImpact {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError(`The forecast ${from} is no JSON, or ends in the middle. ${again}`);
  }
  const { version } = (value ?? {}) as { version?: unknown };
  if (typeof version === "number" && version > impactVersion) {
    throw new UserError(
      `The forecast ${from} has version ${version}, and this intune-mail reads version ${impactVersion}. Install the one that wrote it.`,
    );
  }
  const parsed = impact.safeParse(value);
  if (parsed.success) return parsed.data as HeldImpact;
  const [issue] = parsed.error.issues;
  throw new UserError(`The forecast ${from} is no forecast: ${issue!.path.join(".")} ${issue!.message}. ${again}`);
}

const again = "Make it anew with intune-mail impact --format json --out FILE.";
