/**
 * A failure that the user can mend. The dynamic-provider server prints an error's stack beside its message, so this
 * one has none: users never see a stack, while a bug (any other error) still shows its own.
 */
export class UserError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Error";
    this.stack = "";
  }
}
