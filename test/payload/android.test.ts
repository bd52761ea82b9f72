import assert from "node:assert/strict";
import { makePayload, type ProfileType } from "../../provider/payload/payload";
import { factErrors, type knownKeys } from "./android-facts";
import { alex, mostOf, profileOf } from "./cases";

type Android = keyof typeof knownKeys;
const objectOf = (type: ProfileType, settings: Record<string, unknown>) =>
  JSON.parse(makePayload({ profile: profileOf(type, settings), user: alex }).text) as Record<string, unknown>;

describe("Android payloads", () => {
  const cases: { name: string; type: Android; settings: Record<string, unknown>; has: Record<string, unknown> }[] = [
    {
      name: "unlimited is 6 on KNOX",
      type: "samsungKnox",
      settings: { durationOfEmailToSync: "unlimited" },
      has: { syncLookback: 6 },
    },
    {
      name: "unlimited is 0 in Gmail",
      type: "androidForWorkGmail",
      settings: { durationOfEmailToSync: "unlimited" },
      has: { default_exchange_sync_window: 0 },
    },
    {
      name: "as messages arrive is -2 on KNOX, at peak and off it",
      type: "samsungKnox",
      settings: { emailSyncSchedule: "asMessagesArrive" },
      has: { syncInterval: -2, offPeak: -2 },
    },
    {
      name: "manual is -1 on KNOX",
      type: "samsungKnox",
      settings: { emailSyncSchedule: "manual" },
      has: { syncInterval: -1 },
    },
    {
      name: "the user decides: nothing is sent",
      type: "samsungKnox",
      settings: { durationOfEmailToSync: "userDefined", emailSyncSchedule: "userDefined" },
      has: { syncLookback: undefined, syncInterval: undefined, offPeak: undefined },
    },
    {
      name: "servers are checked, though KNOX would not",
      type: "samsungKnox",
      settings: {},
      has: { acceptAllCertificates: false, useSSL: true },
    },
    { name: "KNOX demands a domain", type: "samsungKnox", settings: {}, has: { easDomain: "" } },
    {
      name: "servers are checked in Gmail",
      type: "androidForWorkGmail",
      settings: {},
      has: { exchange_trust_all_certificates: false },
    },
    {
      name: "Gmail keeps the port with the host",
      type: "androidForWorkGmail",
      settings: { hostName: "mail.contoso.example:8443" },
      has: { exchange_host: "mail.contoso.example:8443" },
    },
    {
      name: "Nine Work has the port apart",
      type: "androidForWorkNineWork",
      settings: { hostName: "mail.contoso.example:8443" },
      has: { AppServiceHost: "mail.contoso.example", AppServicePort: 8443 },
    },
    {
      name: "Nine Work's port is 443 where none is given",
      type: "androidForWorkNineWork",
      settings: {},
      has: { AppServiceHost: "mail.contoso.example", AppServicePort: 443 },
    },
  ];
  for (const { name, type, settings, has } of cases) {
    it(name, () => {
      const found = objectOf(type, settings);
      for (const [key, value] of Object.entries(has)) assert.equal(found[key], value, key);
    });
  }

  it("older and newer Android work profile types are alike", () => {
    const newer = { "@odata.type": "#microsoft.graph.androidWorkProfileGmailEasConfiguration" };
    assert.deepEqual(objectOf("androidForWorkGmail", newer), objectOf("androidForWorkGmail", {}));
  });

  describe("our own reading (there is no published schema) refuses", () => {
    const bad: { name: string; type: Android; change: Record<string, unknown>; says: RegExp }[] = [
      {
        name: "an unknown key",
        type: "androidForWorkGmail",
        change: { default_sync_window: 3 },
        says: /no such key is known/,
      },
      {
        name: "a window of 6",
        type: "androidForWorkGmail",
        change: { default_exchange_sync_window: 6 },
        says: /6 is not known/,
      },
      {
        name: "a text for a switch",
        type: "androidForWorkGmail",
        change: { exchange_ssl_required: "true" },
        says: /not a bool/,
      },
      { name: "a password", type: "androidForWorkGmail", change: { exchange_password: "x" }, says: /never \(E6\)/ },
      {
        name: "no publisher",
        type: "androidForWorkNineWork",
        change: { AppServicePublisher: undefined },
        says: /required/,
      },
      {
        name: "a port as text",
        type: "androidForWorkNineWork",
        change: { AppServicePort: "443" },
        says: /not a integer/,
      },
      { name: "a lookback of 0", type: "samsungKnox", change: { syncLookback: 0 }, says: /0 is not known/ },
      { name: "an interval in seconds", type: "samsungKnox", change: { syncInterval: 900 }, says: /900 is not known/ },
      { name: "no domain", type: "samsungKnox", change: { easDomain: undefined }, says: /easDomain: required/ },
      { name: "a KNOX password", type: "samsungKnox", change: { serverPassword: "x" }, says: /never \(E6\)/ },
      { name: "a switch for a number", type: "samsungKnox", change: { syncCalendar: true }, says: /not a integer/ },
    ];
    for (const { name, type, change, says } of bad) {
      it(`${name} (${type})`, () => {
        const good = makePayload(mostOf(type)).text;
        assert.deepEqual(factErrors(type, good), []);
        const errors = factErrors(type, JSON.stringify({ ...JSON.parse(good), ...change }));
        assert.ok(
          errors.some((error) => says.test(error)),
          errors.join("\n"),
        );
      });
    }
  });
});
