/** The type of a resource as an engine has it; all of them are dynamic, so `validateResourceOfType` knows none. */
export const typeOf = (kind: string): string => `pulumi-nodejs:dynamic/intune:${kind}`;
