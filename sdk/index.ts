/** What a Pulumi program imports. */
export * from "./deployment";
export * from "./email-profile";
export * from "./exchange-connector";
