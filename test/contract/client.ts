/** A synchronous client of the tenant's handler: contract tests make thousands of requests. */
import type { Tenant } from "../../provider/tenant";
import { textOf } from "../../provider/tenant/handler";

export interface Answered {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape, and assert what they find.
  body: any;
  headers: Record<string, string>;
}

/** Sends a request; a body that is a string goes as it is. */
export function ask(
  tenant: Tenant,
  method: string,
  target: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Answered {
  const answer = tenant.handler({
    method,
    origin: "http://tenant",
    target,
    header: (name) => headers[name] ?? null,
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const { headers: sent } = answer;
  const text = textOf(answer);
  const isJson = sent["content-type"]?.startsWith("application/json");
  return { status: answer.status, body: isJson ? JSON.parse(text ?? "") : (text ?? undefined), headers: sent };
}

/** What an error says, taken out of the JSON that Intune wraps it in. */
export function messageOf({ body }: Answered): string {
  const message = String(body?.error?.message);
  return message.startsWith("{") ? (JSON.parse(message) as { Message: string }).Message : message;
}

/** What is wrong with the form of an error; empty: it is Graph's (CONTRACT section 9). */
export function errorProblems({ status, body, headers }: Answered): string[] {
  const { error } = (body ?? {}) as { error?: Record<string, unknown> };
  if (typeof error !== "object" || error === null) return [`${status} without an error: ${JSON.stringify(body)}`];
  const inner = (error.innerError ?? {}) as Record<string, unknown>;
  const checks: [what: string, holds: boolean][] = [
    ["code is a text", typeof error.code === "string" && error.code !== ""],
    ["message is a text", typeof error.message === "string" && error.message !== ""],
    ["date has no zone", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(String(inner.date))],
    ["request-id is that of the header", inner["request-id"] === headers["request-id"]],
    ["client-request-id is that of the header", inner["client-request-id"] === headers["client-request-id"]],
    ["nothing of the program's inside", !/\n\s+at |SQLITE_|node:internal/.test(String(error.message))],
  ];
  return checks.filter(([, holds]) => !holds).map(([what]) => `${what}: ${JSON.stringify(body)}`);
}
