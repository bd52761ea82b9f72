/**
 * The provider as Pulumi stores it in every resource: a constant text that loads the installed package by its bare
 * name when it is called. It holds no path, address, secret or code, so state stays small, an upgrade changes nothing
 * in it, and old state runs new code. The same bytes for every resource and every release; nothing is imported here.
 *
 * `createRequire` at the program's folder is what makes it work however the package came there (npm, pnpm, a link, or
 * this repository itself); the text alone would be resolved beside the SDK.
 */
export const shim =
  'exports.handler = () => require("module").createRequire(process.cwd() + "/package.json")("pulumi-intune-mail/provider").provider;';
