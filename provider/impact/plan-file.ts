/** A plan in a file: what `pulumi preview --json` writes, as one document or, streamed, as a line for each event. */
import { z } from "zod";
import { warningIn } from "../engine";
import { UserError } from "../user-error";
import { failed, gathered, type Place, type Plan, type Told } from "./plan";

const properties = z.record(z.string(), z.unknown());
const state = z.object({
  custom: z.boolean().default(false),
  id: z.string().optional(),
  inputs: properties.optional(),
  outputs: properties.optional(),
  retainOnDelete: z.boolean().optional(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
});
const urn = z.string().regex(/^urn:pulumi:.*::.*::.*::/);
const diagnostic = z.object({
  severity: z.string().optional(),
  message: z.string().default("no reason was given"),
  urn: z.string().optional(),
});

const steps = z.array(
  z.object({
    op: z.string(),
    urn,
    oldState: state.nullish(),
    newState: state.nullish(),
    replaceReasons: z.array(z.string()).nullish(),
  }),
);
/** What is empty is left out, so one of these is all that there may be. */
const digest = z
  .object({
    steps: steps.optional(),
    diagnostics: z.array(diagnostic).nullish(),
    changeSummary: z.unknown().optional(),
  })
  .refine((one) => one.steps ?? one.diagnostics ?? one.changeSummary, "has neither steps nor diagnostics");

const event = z.object({
  sequence: z.number(),
  resourcePreEvent: z
    .object({
      metadata: z.object({
        op: z.string(),
        urn,
        old: state.nullish(),
        new: state.nullish(),
        keys: z.array(z.string()).nullish(),
      }),
      planning: z.boolean().default(false),
    })
    .optional(),
  diagnosticEvent: diagnostic.optional(),
  summaryEvent: z.object({ result: z.string().optional() }).optional(),
});

/** Either form. */
interface Read {
  steps: Told[];
  diagnostics: z.infer<typeof diagnostic>[];
}

const again = "Make it anew with `pulumi preview --json > plan.json`";

/**
 * The plan in a text of the Pulumi CLI.
 * @param from how messages call it
 */
export function readPlan(text: string, from: string, place: Place): Plan {
  const { steps, diagnostics } = read(text.replace(/^\uFEFF/, ""), from);
  const error = diagnostics.find(({ severity }) => severity === "error");
  if (error) throw failed(error.message, `The preview in ${from}`);
  const warnings = diagnostics.flatMap(({ severity, message, urn }) => {
    // A provider can print lines, and no more: those of ours say themselves that they are warnings.
    const warning = warningIn(message) ?? (severity === "warning" ? message : undefined);
    return warning === undefined ? [] : [{ message: warning, urn }];
  });
  return gathered({ steps, warnings }, place, from);
}

function read(text: string, from: string): Read {
  const bad = (what: string, todo = `${again}.`) => new UserError(`The plan ${from} ${what}. ${todo}`);
  if (text.trim() === "") throw bad("is empty");
  if (text.includes("\0")) {
    const todo = `${again} in another shell, or with \`| Out-File -Encoding utf8 plan.json\`.`;
    throw bad("is UTF-16, as Windows PowerShell writes it", todo);
  }
  const value = parsed(text);
  if (value === undefined) {
    const lines = text.trim().split("\n").map(parsed);
    if (isStream(lines[0])) return ofStream(lines, bad);
    const what = text.trimStart().startsWith("{") ? "ends in the middle, or is no JSON" : "is no JSON";
    throw bad(what, `${again}, and nothing else in that file.`);
  }
  if (isStream(value)) return ofStream([value], bad);
  const other = otherFile(value);
  if (other) throw bad(`is ${other}`);
  if (isObject(value) && "operation" in value) {
    throw bad(
      "is what `intune-mail preview --json` writes: that tells what changes, and not what is there",
      `${again}, or leave out --plan, and the preview is made now.`,
    );
  }
  const { steps = [], diagnostics } = checked(digest, value, bad);
  return {
    steps: steps.map(({ op, urn, oldState, newState, replaceReasons }) =>
      told(op, urn, oldState, newState, replaceReasons),
    ),
    diagnostics: diagnostics ?? [],
  };
}

function ofStream(lines: readonly unknown[], bad: (what: string) => UserError): Read {
  const events = lines.map((line) => {
    if (line === undefined) throw bad("ends in the middle, or is no JSON");
    return checked(event, line, bad);
  });
  const pre = events.flatMap(({ resourcePreEvent }) => resourcePreEvent ?? []);
  if (pre.some(({ planning }) => !planning)) throw bad("tells what an `up` has done, not what it would do");
  const summary = events.findLast(({ summaryEvent }) => summaryEvent !== undefined)?.summaryEvent;
  if (!summary) throw bad("ends in the middle");
  return {
    steps: pre.map(({ metadata: { op, urn, old, new: next, keys } }) => told(op, urn, old, next, keys)),
    diagnostics: [
      ...events.flatMap(({ diagnosticEvent }) => diagnosticEvent ?? []),
      // A policy that does not let it pass is no diagnostic.
      ...(summary.result === "failed" ? [{ severity: "error", message: "preview failed." }] : []),
    ],
  };
}

type State = z.infer<typeof state> | null | undefined;

function told(op: string, urn: string, old: State, next: State, replaceKeys: string[] | null | undefined): Told {
  return {
    ...{ op, urn, id: old?.id || next?.id, news: next?.inputs, from: next?.propertyDependencies ?? undefined },
    olds: old ? { ...old.inputs, ...old.outputs } : undefined,
    replaceKeys: replaceKeys ?? undefined,
    component: !(next ?? old)?.custom,
    retained: old?.retainOnDelete,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const isStream = (value: unknown) => isObject(value) && "sequence" in value;

/** Other files of the Pulumi CLI that are taken for a plan. */
function otherFile(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  if ("resourcePlans" in value) return "for `pulumi up --plan`: it holds what may be done, and not what is there";
  return "deployment" in value ? "the state of a stack" : undefined;
}

function checked<T>(schema: z.ZodType<T>, value: unknown, bad: (what: string) => UserError): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw bad(`is JSON, but not what a preview writes: ${issue!.path.join(".") || "it"} ${issue!.message}`);
}
