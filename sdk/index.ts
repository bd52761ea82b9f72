/** What a Pulumi program imports. */
export * from "./app-deployment";
export * from "./deployment";
export * from "./email-profile";
export * from "./exchange-access-policy";
export * from "./exchange-connector";
export * from "./scep-certificate";
export * from "./trusted-certificate";
