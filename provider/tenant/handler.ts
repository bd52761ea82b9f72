/** From a request to its answer: who asks, which route, what the body says. */
import { type AuthMode, authenticate, authorize, type Caller } from "./auth";
import { readBatch } from "./batch";
import { parseBody } from "./body";
import { guidOf, type TenantContext } from "./context";
import { errorAnswer } from "./errorAnswer";
import { GraphError } from "./errors";
import { type Fault, faultError, takeFault } from "./faults";
import { itemType } from "./metadata";
import { optionsOf } from "./query";
import type { Reply, Root, RouteRequest } from "./route";
import { type Match, makeRouter } from "./router";
import { routes } from "./routes";
import { checkOptions, metadataLevel, type Shaped, shape } from "./shape";
import { signIn } from "./signIn";
import { makeThrottle, type Throttling, tooManyRequests } from "./throttle";

/** Longest body that is read, in bytes. */
export const bodyBytesMax = 4 * 1024 * 1024;

/** What a transport knows of a request; HTTP and the in-process client both make one. */
export interface Incoming {
  method: string;
  /** `http://host:port`, as the caller wrote it. */
  origin: string;
  /** Path and query. */
  target: string;
  /** A header of the request, by its name in lower case. */
  header(name: string): string | null;
  /** Absent: there is none. `tooLong`: it has more bytes than are read. */
  body?: string | typeof tooLong;
}

/** One request to Graph, taken off its transport; `$batch` makes such calls as well. */
interface Call {
  method: string;
  /** Path after the root, not decoded. */
  path: string;
  root: Root;
  /** As it was written. */
  query: string;
  body: string | undefined;
  /** Address up to and with the root. */
  base: string;
  header(name: string): string | null;
  /** Of the whole request; a part of a batch has that of its batch. */
  gate?: Gate;
}

/** What is asked of the file before any request is answered, at once: three questions cost more than the answer. */
interface Gate {
  nowMs: number;
  throttling: Throttling | undefined;
  hasFaults: boolean;
}

function readGate({ db }: TenantContext): Gate {
  const { clock, throttling, hasFaults } = db.get<{ clock: string; throttling: string | null; hasFaults: number }>(
    `SELECT value AS clock, (SELECT value FROM setting WHERE name = 'throttling') AS throttling,
       EXISTS (SELECT 1 FROM fault) AS hasFaults FROM setting WHERE name = 'clock'`,
  )!;
  return {
    nowMs: Number(clock),
    throttling: throttling === null ? undefined : (JSON.parse(throttling) as Throttling),
    hasFaults: hasFaults === 1,
  };
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body?: unknown;
  /** The body as JSON text, in its place. */
  json?: string;
  /** A fault that is injected: the answer goes out so much later, in milliseconds … */
  delayMs?: number;
  /** … or the connection ends without one. */
  drop?: true;
}

const router = makeRouter(routes);
const roots: ReadonlySet<string> = new Set<Root>(["beta", "v1.0", "adminapi", "simulation"]);
/** What is beside Graph has neither its limits nor its batches. */
const isBeside = (root: Root): boolean => root === "adminapi" || root === "simulation";
/** Graph gives its model to anyone. */
const openPath = /^\/(\$|%24)metadata$/;
const batchPath = /^\/(\$|%24)batch$/;

export const tooLong = Symbol("body too long");

export type Handler = (incoming: Incoming) => Answer;

/** Makes the function that answers requests to the tenant. */
export function makeHandler(context: TenantContext, auth: AuthMode): Handler {
  let served = 0;
  const series = guidOf(`requests of ${process.pid}`).slice(0, 24);
  /** Ids of requests come from a counter of the process: a read must not write to the file. */
  const requestId = () => series + (++served).toString(16).padStart(12, "0");
  const throttle = makeThrottle();

  const answer = (call: Call, refused?: GraphError): Answer => {
    const id = requestId();
    const clientRequestId = call.header("client-request-id");
    const headers: Record<string, string> = {
      "request-id": id,
      "client-request-id": clientRequestId ?? id,
      ...(call.gate ? {} : { "x-ms-ags-diagnostic": agsDiagnostic }),
    };
    let gate = call.gate;
    let caller: Caller | undefined;
    let fault: Fault | undefined;
    const reply = (): Answer => {
      try {
        gate ??= readGate(context);
        caller = callerOf(call);
        if (refused) throw refused;
        const isBatch = call.method === "POST" && batchPath.test(call.path);
        if (gate.throttling && !isBeside(call.root) && !isBatch) refuseTooMany(gate.throttling, caller);
        fault = gate.hasFaults ? takeFault(context, call) : undefined;
        if (fault && fault.status !== undefined) throw faultError(fault);
        if (fault?.drop === "before") return { status: 0, headers, drop: true };
        return isBatch
          ? batch({ ...call, gate }, headers, call.gate !== undefined)
          : run(context, caller, call, headers);
      } catch (error) {
        return errorAnswer(context, error, call, headers);
      }
    };
    const answered = reply();
    context.requests.add({
      timeMs: gate?.nowMs ?? 0,
      method: call.method,
      version: call.root,
      path: call.path,
      query: call.query,
      status: fault?.drop ? 0 : answered.status,
      requestId: id,
      clientRequestId,
      ...(caller?.appId === undefined ? {} : { appId: caller.appId }),
      ...(fault === undefined ? {} : { fault: fault.id }),
      ...(call.body === undefined ? {} : { body: call.body }),
    });
    return fault ? struck(answered, fault) : answered;
  };

  /** Exchange's accounts are its own: the endpoint asks for one itself. */
  const callerOf = (call: Call): Caller =>
    call.root === "adminapi"
      ? { appId: undefined, scopes: auth === "any" ? "any" : [] }
      : authenticate(context, call.header("authorization"), openPath.test(call.path) ? "any" : auth);

  /** Limits are for callers that wait in real time, so it is real time that counts for them. */
  const refuseTooMany = (settings: Throttling, { appId }: Caller): void => {
    const refused = throttle(settings, appId);
    if (refused) throw tooManyRequests(refused);
  };

  const batch = (call: Call, headers: Record<string, string>, isPart: boolean): Answer => {
    if (isBeside(call.root)) throw new GraphError(400, "BadRequest", "$batch belongs to /beta and /v1.0.");
    if (isPart) throw new GraphError(400, "BadRequest", "Invalid batch payload format: a batch cannot be in a batch.");
    const parts: Answer[] = [];
    const given = parseBody(call.body);
    const all = () =>
      readBatch(given, ({ method, url, body, headers: own }) => {
        const [path, query] = split(`/${url.replace(/^\//, "")}`);
        const header = (name: string) => own.get(name) ?? (name === "authorization" ? call.header(name) : null);
        const part = answer({ ...call, method, path, query, body, header });
        parts.push(part);
        return part;
      });
    // Where nothing is written, one moment does for all parts; a fault would count what it strikes.
    const responses = readsOnly(given) && !call.gate?.hasFaults ? context.db.snapshot(all) : all();
    const delayMs = Math.max(0, ...parts.map((part) => part.delayMs ?? 0));
    return {
      status: 200,
      headers: { ...headers, "content-type": contentType("minimal") },
      json: `{"responses":[${responses.join(",")}]}`,
      ...(delayMs > 0 ? { delayMs } : {}),
      ...(parts.some(({ drop }) => drop) ? { drop: true as const } : {}),
    };
  };

  return ({ method, origin, target, header, body }) => {
    const [whole, query] = split(target);
    const text = typeof body === "string" ? body : undefined;
    const signedIn = signIn(context, {
      method,
      path: whole,
      origin,
      body: text,
      authorization: header("authorization"),
    });
    if (signedIn) return signedIn;
    const end = whole.indexOf("/", 1);
    const root = end === -1 ? whole.slice(1) : whole.slice(1, end);
    const path = roots.has(root) && end !== -1 ? whole.slice(end) : whole;
    const call: Call = { method, path, root: root as Root, query, body: text, base: `${origin}/${root}`, header };
    return answer(call, body === tooLong ? tooLarge : undefined);
  };
}

function readsOnly(batch: unknown): boolean {
  const requests = (batch as { requests?: unknown } | undefined)?.requests;
  return Array.isArray(requests) && requests.every((request) => request?.method === "GET");
}

function struck(answer: Answer, fault: Fault): Answer {
  const { id, retryAfter, delayMs, drop } = fault;
  const headers = {
    ...answer.headers,
    "x-simulation-fault": id,
    ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
  };
  return { ...answer, headers, ...(delayMs ? { delayMs } : {}), ...(drop ? { drop: true } : {}) };
}

function split(target: string): [path: string, query: string] {
  const at = target.indexOf("?");
  return at === -1 ? [target, ""] : [target.slice(0, at), target.slice(at + 1)];
}

const agsDiagnostic = JSON.stringify({
  ServerInfo: { DataCenter: "Simulated", Slice: "E", Ring: "0", ScaleUnit: "000" },
});

const tooLarge = new GraphError(
  413,
  "RequestEntityTooLarge",
  `The body of the request is longer than ${bodyBytesMax} bytes.`,
);

// --- one route ----------------------------------------------------------------------------------------------------------

function run(context: TenantContext, caller: Caller, call: Call, headers: Record<string, string>): Answer {
  const found = router(call.root, call.method, call.path);
  const { route } = found;
  if (route.scopes.length > 0) authorize(caller, route.scopes);
  const request: RouteRequest = {
    version: call.root === "v1.0" ? "v1.0" : "beta",
    parameters: found.parameters,
    ...(found.cast === undefined ? {} : { cast: found.cast }),
    ...(found.castBefore === undefined ? {} : { castBefore: found.castBefore }),
    query: optionsOf(call.query),
    counting: found.counting,
    eventual: call.header("consistencylevel")?.toLowerCase() === "eventual",
    header: call.header,
    trusted: caller.scopes === "any",
    body: call.method === "GET" ? undefined : parseBody(call.body),
    base: call.base,
  };
  checkOptions(route, request);
  const work = (): Shaped & { status: number } => {
    const reply = route.handle(context, request);
    return { status: reply.status, ...shaped(context, caller, found, request, reply, metadata) };
  };
  const metadata = metadataLevel(call.header("accept"));
  const { mediaType, ...answer } =
    route.transaction === false
      ? work()
      : call.method === "GET"
        ? context.db.snapshot(work)
        : context.db.transaction(work);
  if (answer.body === undefined && answer.json === undefined) return { ...answer, headers };
  const type = mediaType ?? (typeof answer.body === "string" ? "text/plain" : contentType(metadata));
  return { ...answer, headers: { ...headers, "content-type": type } };
}

function shaped(
  context: TenantContext,
  caller: Caller,
  { route, path }: Match,
  request: RouteRequest,
  reply: Reply,
  metadata: ReturnType<typeof metadataLevel>,
): Shaped {
  const read = (under: string, query: URLSearchParams) => {
    const found = router.find(request.version, "GET", under);
    if (!found || found.route.answers === undefined) return undefined;
    authorize(caller, found.route.scopes);
    const { cast: _cast, castBefore: _castBefore, ...rest } = request;
    const inner: RouteRequest = { ...rest, parameters: found.parameters, query, counting: false, body: undefined };
    checkOptions(found.route, inner);
    try {
      return { route: found.route, request: inner, reply: found.route.handle(context, inner) };
    } catch (error) {
      if (error instanceof GraphError && error.status === 404) return undefined;
      throw error;
    }
  };
  return shape(route, request, reply, {
    metadata,
    // Most answers need none.
    get path() {
      return path();
    },
    read,
    entitySet: (type) => entitySets.get(type),
  });
}

/** The collection that entities of a type are at home in: where one of them can be asked for by its id. */
const entitySets: ReadonlyMap<string, string> = new Map(
  routes
    .filter(
      ({ method, path, answers }) => method === "GET" && answers && !itemType(answers) && /^[^:]*\/:id$/.test(path),
    )
    .map(({ path, answers }) => [answers!, path.slice(0, -"/:id".length)] as const)
    .reverse(),
);

const contentType = (metadata: string) =>
  `application/json;odata.metadata=${metadata};odata.streaming=true;IEEE754Compatible=false;charset=utf-8`;

/** The body of an answer as it is sent: text as it is, anything else as JSON. */
export const textOf = ({ body, json }: Answer): string | null =>
  typeof body === "string" ? body : (json ?? (body === undefined ? null : JSON.stringify(body)));
