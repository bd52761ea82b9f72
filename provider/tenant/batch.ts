/** `$batch`: up to twenty requests in one, each answered on its own (CONTRACT section 9). */
import { z } from "zod";
import { GraphError } from "./errors";
import type { Answer } from "./handler";

const requestsMax = 20;

const batchBody = z.object({
  requests: z.array(
    z.object({
      id: z.union([z.string(), z.int()]),
      method: z.enum(["GET", "POST", "PATCH", "PUT", "DELETE"]),
      url: z.string().min(1),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.unknown().optional(),
      dependsOn: z.array(z.union([z.string(), z.int()])).optional(),
    }),
  ),
});

export interface SubRequest {
  method: string;
  /** Relative to the version, with or without a slash before it. */
  url: string;
  /** JSON text. */
  body: string | undefined;
  /** By names in lower case. */
  headers: ReadonlyMap<string, string>;
}

/** Answers the requests of a batch in their order, each as JSON text; one that depends on a failed one is answered 424. */
export function readBatch(body: unknown, answer: (request: SubRequest) => Answer): string[] {
  const parsed = batchBody.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw badBatch(`${issue!.path.join(".")}: ${issue!.message}`);
  }
  const { requests } = parsed.data;
  if (requests.length > requestsMax) {
    throw badBatch(
      `The number of requests, ${requests.length}, is more than the ${requestsMax} that a batch may have.`,
    );
  }
  checkOrder(requests);
  const failed = new Map<string, boolean>();
  return requests.map(({ id, method, url, body: content, headers: given = {}, dependsOn = [] }) => {
    const blocked = dependsOn.some((other) => failed.get(String(other)));
    const result = blocked
      ? failedDependency
      : answer({
          method,
          url,
          body: content === undefined ? undefined : JSON.stringify(content),
          headers: new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value])),
        });
    failed.set(String(id), result.status >= 400);
    const { "content-type": type, ...others } = result.headers;
    const headers = { ...others, ...(type === undefined ? {} : { "Content-Type": type }) };
    const head = JSON.stringify({ id: String(id), status: result.status, headers });
    const text = result.json ?? (result.body === undefined ? undefined : JSON.stringify(result.body));
    return text === undefined ? head : `${head.slice(0, -1)},"body":${text}}`;
  });
}

/** Every mistake in the batch itself is found before its first request is carried out. */
function checkOrder(requests: z.output<typeof batchBody>["requests"]): void {
  const before = new Set<string>();
  for (const { id, dependsOn = [] } of requests) {
    if (before.has(String(id))) throw badBatch(`The id '${id}' is that of two requests.`);
    const unknown = dependsOn.find((other) => !before.has(String(other)));
    if (unknown !== undefined)
      throw badBatch(`The request '${id}' depends on '${unknown}', which does not come before it.`);
    before.add(String(id));
  }
}

const failedDependency: Answer = {
  status: 424,
  headers: {},
  body: { error: { code: "FailedDependency", message: "A request that this one depends on has failed." } },
};

const badBatch = (why: string) => new GraphError(400, "BadRequest", `Invalid batch payload format: ${why}`);
