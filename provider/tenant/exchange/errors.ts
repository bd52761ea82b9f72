/** What goes wrong between a connector and Exchange. */

export type ExchangeErrorKind = "serverDown" | "accessDenied" | "cmdletNotAllowed" | "invalidParameter" | "notFound";

/** Exchange refuses a cmdlet, or does not answer. */
export class ExchangeError extends Error {
  constructor(
    readonly kind: ExchangeErrorKind,
    message: string,
  ) {
    super(message);
  }
}
