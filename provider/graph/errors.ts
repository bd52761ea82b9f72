import { UserError } from "../user-error";

/** An answer of the service that is not a success. */
export class GraphAnswerError extends UserError {
  constructor(
    readonly status: number,
    /** Graph's code, `BadRequest` for example. */
    readonly code: string,
    /** What the service says, without its wrapping. */
    readonly said: string,
    readonly request: string,
    readonly requestId: string | undefined,
  ) {
    super(
      `${request} was answered with ${status} ${code}: ${said}${hint(status)}${requestId ? ` (request-id ${requestId})` : ""}`,
    );
  }
}

/** No answer that could be read: the service is down, or the connection was lost after the request may have taken effect. */
export class GraphUnreachableError extends UserError {
  constructor(
    readonly request: string,
    override readonly cause: unknown,
    endpoint: string,
    { found = `got no answer from ${endpoint}`, isRead = request.startsWith("GET ") }: Lost = {},
  ) {
    const effect = isRead ? "" : "; what was sent may or may not have taken effect, and the next run finds out";
    super(
      `${request} ${found} (${codeOf(cause) ?? reason(cause)}). Check that the tenant is running and that the endpoint is right${nobodyCodes.has(codeOf(cause) ?? "") ? "" : effect}.`,
    );
  }
}

interface Lost {
  /** What came instead of an answer. */
  found?: string;
  /** Whether the request could change nothing. */
  isRead?: boolean;
}

/** Nobody took the request: there is no such host, or nobody listens there. */
const nobodyCodes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "bad port",
]);

export const nobodyThere = (error: GraphUnreachableError): boolean => nobodyCodes.has(codeOf(error.cause) ?? "");

/** The service answered, but not as Graph does; a proxy's sign-in page for example. As good as no answer. */
export const unreadable = (request: string, why: string, endpoint: string, lost: Lost = {}) =>
  new GraphUnreachableError(request, why, endpoint, {
    ...lost,
    found: `got an answer from ${endpoint} that is not Graph's`,
  });

/** Whether a request that failed with this may have taken effect all the same: then one has to look before it is sent again. */
export const mayHaveHappened = (error: unknown): boolean =>
  (error instanceof GraphUnreachableError && !nobodyThere(error)) ||
  (error instanceof GraphAnswerError && error.status >= 500);

export const isGone = (error: unknown): boolean => error instanceof GraphAnswerError && error.status === 404;

/** What the service gives; undefined where it has no such thing. Any other failure stays one. */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** What to do next, where the status alone tells. */
function hint(status: number): string {
  switch (status) {
    case 401:
      return " Check the token or client credentials (intune:token, or intune:clientId and intune:clientSecret; in the environment INTUNE_MAIL_TOKEN, or AZURE_CLIENT_ID and AZURE_CLIENT_SECRET).";
    case 403:
      return " Grant the application the permission, with admin consent.";
    case 429:
      return " The tenant throttles; run again later, or with less in parallel.";
    default:
      return "";
  }
}

/** The system's code for what went wrong, `ECONNREFUSED` for example; ports that fetch refuses have a text instead. */
function codeOf(cause: unknown): string | undefined {
  const code = (error: unknown) => (error as { code?: string } | undefined)?.code;
  if (!(cause instanceof Error)) return undefined;
  return code(cause.cause) ?? code(cause) ?? (reason(cause) === "bad port" ? "bad port" : undefined);
}

function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? cause.cause.message : cause.message;
}

/** What messages show of an address. */
export const pathOf = (url: string): string => new URL(url).pathname;

/** Reads Graph's error body; Intune puts a JSON text into `message`, of which `Message` is meant for people. */
export function readError(body: string): { code: string; said: string } {
  try {
    const { error } = JSON.parse(body) as { error?: { code?: string; message?: string } | string };
    if (typeof error === "string") {
      const description = (JSON.parse(body) as { error_description?: string }).error_description;
      return { code: error, said: description ?? error };
    }
    const message = error?.message ?? "";
    return { code: error?.code ?? "unknown", said: plain(message) };
  } catch {
    return { code: "unknown", said: body.slice(0, 200) || "(no body)" };
  }
}

function plain(message: string): string {
  try {
    const wrapped = (JSON.parse(message) as { Message?: string }).Message ?? message;
    return wrapped.replace(/ - Operation ID \(for customer support\).*$/s, "");
  } catch {
    return message;
  }
}
