/** The compiler holds the SDK's arguments against the provider's tables: this file fails to compile, not to run. */
import assert from "node:assert/strict";
import type { Input, Unwrap } from "@pulumi/pulumi";
import type { z } from "zod";
import type { Optional, Required } from "../../provider/platform";
import type { PlatformName, platforms } from "../../provider/platforms";
import type { EmailProfileArgs } from "../../sdk";

type Args<P extends PlatformName> = Extract<EmailProfileArgs, { platform: P }>;
type Rows<P extends PlatformName> = (typeof platforms)[P]["settings"];
type NamesOf<R, Row> = { [N in keyof R]: R[N] extends Row ? N : never }[keyof R];
type ValueOf<Row> = Row extends { value: infer V extends z.ZodType } ? z.infer<V> : never;

/** The arguments that the tables ask for: a setting that a platform lacks is not among them. */
type FromTable<P extends PlatformName> = { platform: P; adopt?: boolean } & {
  [N in NamesOf<Rows<P>, Required>]: ValueOf<Rows<P>[N]>;
} & { [N in NamesOf<Rows<P>, Optional>]?: ValueOf<Rows<P>[N]> };

/** The SDK's arguments as they arrive at the provider. */
type FromSdk<P extends PlatformName> = { [N in keyof Args<P>]: Unwrap<Args<P>[N]> };

type Flat<T> = { [N in keyof T]: T[N] };
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

const agreed: { [P in PlatformName]: Equal<Flat<FromSdk<P>>, Flat<FromTable<P>>> } = {
  ios: true,
  samsungKnox: true,
  windowsPhone81: true,
  windows10: true,
  androidForWorkGmail: true,
  androidForWorkNineWork: true,
};

const common = {
  displayName: "Mail",
  hostName: "mail.contoso.example",
  accountName: "Contoso",
  emailAddressSource: "primarySmtpAddress",
  durationOfEmailToSync: "oneWeek",
  requireSsl: true,
} as const;

const byPassword = { authenticationMethod: "usernameAndPassword" } as const;
const ios = { ...common, ...byPassword, platform: "ios", usernameSource: "userPrincipalName" } as const;
const gmail = { ...common, ...byPassword, platform: "androidForWorkGmail", usernameSource: "username" } as const;
const types = { emailSyncSchedule: "manual", syncCalendar: true, syncContacts: true, syncTasks: true } as const;
const windows = { ...common, ...types, platform: "windows10", usernameSource: "userPrincipalName" } as const;

/** What a program may not say: each has to be refused by the compiler. */
const refused: EmailProfileArgs[] = [
  // @ts-expect-error E3: iOS has no sync schedule.
  { ...ios, emailSyncSchedule: "manual" },
  // @ts-expect-error E3: Windows has no certificates.
  { ...windows, authenticationMethod: "certificate" },
  // @ts-expect-error E3: Gmail has no content types.
  { ...gmail, syncCalendar: true },
  // @ts-expect-error E4: iOS has no such word.
  { ...ios, usernameSource: "username" },
  // @ts-expect-error E2: Samsung KNOX needs much more.
  { ...common, platform: "samsungKnox" },
  // @ts-expect-error E1: there is no such platform.
  { ...ios, platform: "macos" },
  // @ts-expect-error E6: a profile holds no password.
  { ...ios, password: "x" },
];

/** What it may: values that are not known yet, everywhere. */
const later = Promise.resolve(true) as Input<boolean>;
const allowed: EmailProfileArgs[] = [
  { ...ios, requireSsl: later, easServices: ["email", Promise.resolve("calendars" as const)] },
  windows,
  gmail,
];

describe("arguments of EmailProfile", () => {
  it("are those of the platforms' tables", () => {
    assert.ok(Object.values(agreed).every((equal) => equal));
    assert.equal(refused.length + allowed.length, 10);
  });
});
