/** The compiler holds the SDK's arguments of certificates against the provider's tables: this file fails to compile. */
import assert from "node:assert/strict";
import type { Unwrap } from "@pulumi/pulumi";
import type { z } from "zod";
import type { Has } from "../../provider/platform";
import type { scepCertificateTypes } from "../../provider/resources/scep-certificate";
import type { trustedCertificateTypes } from "../../provider/resources/trusted-certificate";
import type { ScepCertificateArgs, TrustedCertificateArgs } from "../../sdk";

type Platform = keyof typeof scepCertificateTypes;
type NamesOf<R, Row> = { [N in keyof R]: R[N] extends Row ? N : never }[keyof R];
type ValueOf<Row> = Row extends { value: infer V extends z.ZodType } ? z.infer<V> : never;
type Flat<T> = { [N in keyof T]: T[N] };
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** The arguments that a table asks for, without the platform. */
type FromTable<R> = { adopt?: boolean } & { [N in NamesOf<R, Has & { required: true }>]: ValueOf<R[N]> } & {
  [N in NamesOf<R, Has & { required: false }>]?: ValueOf<R[N]>;
};

/** The SDK's arguments as they arrive at the provider, without the platform. */
type FromSdk<Args> = { [N in keyof Args]: Unwrap<Args[N]> };
type Scep<P> = Omit<Extract<ScepCertificateArgs, { platform: P }>, "platform">;
type Windows = Extract<TrustedCertificateArgs, { platform: "windows81" }>;
type Trusted<P> = Omit<P extends "windows81" ? Windows : Exclude<TrustedCertificateArgs, Windows>, "platform">;

const agreed: {
  [P in Platform]: [
    Equal<Flat<FromSdk<Scep<P>>>, Flat<FromTable<(typeof scepCertificateTypes)[P]["settings"]>>>,
    Equal<Flat<FromSdk<Trusted<P>>>, Flat<FromTable<(typeof trustedCertificateTypes)[P]["settings"]>>>,
  ];
} = {
  ios: [true, true],
  android: [true, true],
  androidForWork: [true, true],
  windows81: [true, true],
  windowsPhone81: [true, true],
};

describe("arguments of certificates", () => {
  it("are those of the provider's tables", () => {
    assert.deepEqual(new Set(Object.values(agreed).flat()), new Set([true]));
  });
});
