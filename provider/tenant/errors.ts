/** Errors that the tenant answers with, in Graph's shape (CONTRACT section 9). Any other throw is a bug: 500. */

/** Raised by Graph itself or by a service whose messages are plain text. */
export class GraphError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** True for errors raised by the Intune service, whose message is itself a JSON text. */
    readonly intune = false,
    /** Seconds after which a caller should ask again, where the answer says so. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

export const badRequest = (message: string) => new GraphError(400, "BadRequest", message, true);
export const notFound = (message: string) => new GraphError(404, "ResourceNotFound", message, true);
export const conflict = (message: string) => new GraphError(409, "Conflict", message, true);
export const directoryNotFound = (id: string) =>
  new GraphError(
    404,
    "Request_ResourceNotFound",
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  );

/** Graph's answer to a query option that cannot be read. */
export const badQuery = (why: string) =>
  new GraphError(400, "BadRequest", `The query specified in the URI is not valid. ${why}`, true);

/** The directory answers some queries from an index that a caller must ask for. */
export const advancedQuery = (option: string) =>
  new GraphError(
    400,
    "Request_UnsupportedQuery",
    `The query option '${option}' is not supported like this, because required parameters might be missing. Add the query parameter $count=true and the header ConsistencyLevel: eventual.`,
  );
