/** From a request to its answer: who asks, which route, what the body says, and errors in Graph's shape. */
import { type AuthMode, authorize, issueToken } from "./auth";
import { readBatch } from "./batch";
import { guidOf, type TenantContext } from "./context";
import { GraphError } from "./errors";
import { inWords } from "./file";
import type { Reply, Root } from "./route";
import { makeRouter } from "./router";
import { routes } from "./routes";

/** Longest body that is read, in bytes. */
export const bodyBytesMax = 4 * 1024 * 1024;

/** One request, taken off its transport; `$batch` makes such calls as well. */
export interface Call {
  method: string;
  /** Path after the root, not decoded. */
  path: string;
  root: Root;
  query: URLSearchParams;
  body: string | undefined;
  /** Address up to and with the root. */
  base: string;
  authorization: string | null;
  clientRequestId: string | null;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body?: unknown;
  /** The body as JSON text, in its place. */
  json?: string;
}

const router = makeRouter(routes);
const roots: ReadonlySet<string> = new Set<Root>(["beta", "v1.0", "simulation"]);
const batchPath = /^\/(\$|%24)batch$/;
const tokenPath = /^\/[^/]+\/oauth2\/v2\.0\/token$/;

/** What a transport knows of a request; HTTP and the in-process client both make one. */
export interface Incoming {
  method: string;
  /** `http://host:port`, as the caller wrote it. */
  origin: string;
  /** Path and query. */
  target: string;
  authorization: string | null;
  clientRequestId: string | null;
  /** Absent: there is none. `tooLong`: it has more bytes than are read. */
  body?: string | typeof tooLong;
}

export const tooLong = Symbol("body too long");

export type Handler = (incoming: Incoming) => Answer;

/** Makes the function that answers requests to the tenant. */
export function makeHandler(context: TenantContext, auth: AuthMode): Handler {
  let served = 0;
  const series = guidOf(`requests of ${process.pid}`).slice(0, 24);
  /** Ids of requests come from a counter of the process: a read must not write to the file. */
  const requestId = () => series + (++served).toString(16).padStart(12, "0");

  const answer = (call: Call): Answer => {
    const id = requestId();
    const headers: Record<string, string> = {
      "request-id": id,
      "client-request-id": call.clientRequestId ?? id,
      "x-ms-ags-diagnostic": agsDiagnostic,
    };
    try {
      const reply = call.method === "POST" && batchPath.test(call.path) ? batch(call) : run(context, auth, call);
      return { ...reply, headers };
    } catch (error) {
      return errorAnswer(context, error, call.path, headers);
    }
  };

  const batch = (call: Call): Reply => {
    if (call.root === "simulation") throw new GraphError(400, "BadRequest", "$batch belongs to /beta and /v1.0.");
    const responses = readBatch(parseBody(call.body), ({ method, url, body }) => {
      const [path, query] = split(`/${url.replace(/^\//, "")}`);
      const { json, ...part } = answer({ ...call, method, path, query, body });
      return json === undefined ? part : { ...part, body: JSON.parse(json) };
    });
    return { status: 200, body: { responses } };
  };

  return ({ method, origin, target, authorization, clientRequestId, body }) => {
    const [whole, query] = split(target);
    if (method === "POST" && tokenPath.test(whole) && typeof body === "string") {
      return context.db.transaction(() => issueToken(context, new URLSearchParams(body)));
    }
    const end = whole.indexOf("/", 1);
    const root = end === -1 ? whole.slice(1) : whole.slice(1, end);
    const path = roots.has(root) && end !== -1 ? whole.slice(end) : whole;
    if (body === tooLong) return errorAnswer(context, tooLarge, path, {});
    const base = `${origin}/${root}`;
    return answer({ method, path, root: root as Root, query, body, base, authorization, clientRequestId });
  };
}

function split(target: string): [path: string, query: URLSearchParams] {
  const at = target.indexOf("?");
  return at === -1 ? [target, new URLSearchParams()] : [target.slice(0, at), new URLSearchParams(target.slice(at + 1))];
}

const agsDiagnostic = JSON.stringify({
  ServerInfo: { DataCenter: "Simulated", Slice: "E", Ring: "0", ScaleUnit: "000" },
});

const tooLarge = new GraphError(
  413,
  "RequestEntityTooLarge",
  `The body of the request is longer than ${bodyBytesMax} bytes.`,
);

function run(context: TenantContext, auth: AuthMode, call: Call): Reply {
  const { route, parameters, cast } = router(call.root, call.method, call.path);
  if (auth === "required") authorize(context, call.authorization, route.scopes);
  const request = {
    version: call.root === "v1.0" ? ("v1.0" as const) : ("beta" as const),
    parameters,
    ...(cast === undefined ? {} : { cast }),
    query: call.query,
    body: call.method === "GET" ? undefined : parseBody(call.body),
    base: call.base,
  };
  return call.method === "GET"
    ? route.handle(context, request)
    : context.db.transaction(() => route.handle(context, request));
}

function parseBody(body: string | undefined): unknown {
  if (body === undefined || body === "") return undefined;
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

function errorAnswer(context: TenantContext, error: unknown, path: string, headers: Record<string, string>): Answer {
  const known = error instanceof GraphError ? error : new GraphError(500, "InternalServerError", inWords(error));
  const ids = { "request-id": headers["request-id"] ?? "", "client-request-id": headers["client-request-id"] ?? "" };
  return {
    status: known.status,
    headers:
      known.status === 401 ? { ...headers, "www-authenticate": 'Bearer realm="", authorization_uri=""' } : headers,
    body: {
      error: {
        code: known.code,
        message: known.intune ? intuneMessage(known.message, path, ids["request-id"]) : known.message,
        innerError: { date: safeNow(context).slice(0, 19), ...ids },
      },
    },
  };
}

/** An error of the file must not hide behind the error of asking the file for the time. */
function safeNow(context: TenantContext): string {
  try {
    return context.clock.now();
  } catch {
    return "0001-01-01T00:00:00";
  }
}

/** The Intune service wraps its messages in a JSON text with Windows line ends (CONTRACT section 9). */
function intuneMessage(message: string, path: string, activityId: string): string {
  const where = `https://fef.simulated.manage.microsoft.com/DeviceConfiguration_2301/StatelessDeviceConfigurationFEService${path}?api-version=5022-07-09`;
  const value = {
    _version: 3,
    Message: `${message} - Operation ID (for customer support): 00000000-0000-0000-0000-000000000000 - Activity ID: ${activityId} - Url: ${where}`,
    CustomApiErrorPhrase: "",
    RetryAfter: null,
    ErrorSourceService: "",
    HttpHeaders: "{}",
  };
  return JSON.stringify(value, null, 2).replaceAll("\n", "\r\n");
}

const jsonType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/** Body and content type of an answer as they are sent: text as it is, anything else as JSON. */
export function serialize({ headers, body, json }: Answer): { headers: Record<string, string>; text: string | null } {
  if (typeof body === "string") return { headers: { ...headers, "content-type": "text/plain" }, text: body };
  const text = json ?? (body === undefined ? null : JSON.stringify(body));
  return { headers: text === null ? headers : { ...headers, "content-type": jsonType }, text };
}
