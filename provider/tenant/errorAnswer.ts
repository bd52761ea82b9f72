/** What was thrown on the way to an answer, in Graph's shape or in Exchange's (CONTRACT section 9). */
import { challenge } from "./auth";
import { graphTime, type TenantContext } from "./context";
import { GraphError } from "./errors";
import { ExchangeError, wireError } from "./exchange/errors";
import { inWords } from "./file";
import type { Answer } from "./handler";
import type { Root } from "./route";

/** What an error tells of the request that it belongs to. */
interface Refused {
  root: Root;
  /** Path after the root. */
  path: string;
  /** Address up to and with the root. */
  base: string;
}

/** The answer to what was thrown; `headers` are those that the request has got already. */
export function errorAnswer(
  context: TenantContext,
  error: unknown,
  call: Refused,
  headers: Record<string, string>,
): Answer {
  if (error instanceof ExchangeError && call.root === "adminapi") return exchangeAnswer(error, headers);
  const known = error instanceof GraphError ? error : new GraphError(500, "InternalServerError", inWords(error));
  const ids = { "request-id": headers["request-id"] ?? "", "client-request-id": headers["client-request-id"] ?? "" };
  const isIntune = known.intune && intunePath.test(call.path);
  return {
    status: known.status,
    headers: {
      ...headers,
      "content-type": "application/json",
      ...(known.status === 401 ? { "www-authenticate": challenge(new URL(call.base).origin) } : {}),
      ...(known.retryAfter === undefined ? {} : { "retry-after": String(known.retryAfter) }),
    },
    body: {
      error: {
        code: known.code,
        message: isIntune ? intuneMessage(known.message, call.path, ids["request-id"]) : known.message,
        innerError: { date: graphTime(safeNowMs(context)).slice(0, 19), ...ids },
      },
    },
  };
}

function exchangeAnswer(error: ExchangeError, headers: Record<string, string>): Answer {
  const { status, retryAfter, body } = wireError(error);
  return {
    status,
    headers: {
      ...headers,
      "content-type": "application/json",
      ...(status === 401 ? { "www-authenticate": 'Basic realm="Exchange"' } : {}),
      ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
    },
    body,
  };
}

const intunePath = /^\/device(App)?Management\b/i;

/** An error of the file must not hide behind the error of asking the file for the time. */
function safeNowMs(context: TenantContext): number {
  try {
    return context.clock.nowMs();
  } catch {
    return 0;
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
