import assert from "node:assert/strict";
import { makePayload, makeWindowsCommand, readPayload } from "../../provider/payload/payload";
import { alex, mostOf, profileOf } from "./cases";
import { ddfErrors } from "./ddf";

const types = { windows10: "./User/Vendor/MSFT", windowsPhone81: "./Vendor/MSFT" } as const;

describe("Windows payloads", () => {
  for (const [type, root] of Object.entries(types) as [keyof typeof types, string][]) {
    describe(type, () => {
      const account = /LocURI>([^<]+\/Accounts\/%7B[0-9A-F-]{36}%7D)</;
      const added = account.exec(makePayload(mostOf(type)).text)![1]!;

      it(`has its account below ${root}`, () => assert.ok(added.startsWith(`${root}/ActiveSync/Accounts/%7B`)));

      it("is changed in place: nothing is added under a GUID in use, and what cannot change is not sent", () => {
        const { text, notes } = makeWindowsCommand(mostOf(type), "update");
        assert.deepEqual(ddfErrors(text, root), []);
        assert.ok(text.includes(added), "another account");
        assert.doesNotMatch(text, /<Add>|<Delete>|AccountType|\/UserName/);
        assert.match(notes.join("\n"), /^userName: cannot change after the first synchronization/m);
        const { userName: _, ...rest } = readPayload(type, makePayload(mostOf(type)).text);
        assert.deepEqual(readPayload(type, text), rest);
      });

      it("keeps what it was given where the user is to decide from now on, and a note says so", () => {
        const profile = profileOf(type, { emailSyncSchedule: "userDefined" });
        const { text, notes } = makeWindowsCommand({ profile, user: alex }, "update");
        assert.doesNotMatch(text, /Schedule/);
        assert.match(notes.join("\n"), /^emailSyncSchedule "userDefined": .* keeps what it was given before$/m);
      });

      it("is removed whole", () => {
        const { text } = makeWindowsCommand(mostOf(type), "remove");
        assert.deepEqual(ddfErrors(text, root), []);
        assert.equal(text.match(/<LocURI>\.\//g)?.length, 1);
        assert.equal(account.exec(text)![1], added);
      });
    });
  }

  it("add is what makePayload makes", () =>
    assert.deepEqual(makeWindowsCommand(mostOf("windows10"), "add"), makePayload(mostOf("windows10"))));

  describe("codes", () => {
    const codes: { setting: string; word: string; node: string; code: string | undefined }[] = [
      { setting: "durationOfEmailToSync", word: "unlimited", node: "MailAgeFilter", code: "0" },
      { setting: "durationOfEmailToSync", word: "oneDay", node: "MailAgeFilter", code: "1" },
      { setting: "durationOfEmailToSync", word: "oneMonth", node: "MailAgeFilter", code: "5" },
      { setting: "durationOfEmailToSync", word: "userDefined", node: "MailAgeFilter", code: undefined },
      { setting: "emailSyncSchedule", word: "asMessagesArrive", node: "Schedule", code: "-1" },
      { setting: "emailSyncSchedule", word: "manual", node: "Schedule", code: "0" },
      { setting: "emailSyncSchedule", word: "sixtyMinutes", node: "Schedule", code: "60" },
      { setting: "emailSyncSchedule", word: "userDefined", node: "Schedule", code: undefined },
      { setting: "emailSyncSchedule", word: "basedOnMyUsage", node: "Schedule", code: undefined },
    ];
    for (const { setting, word, node, code } of codes) {
      it(`${setting} ${word} is ${code ?? "not sent"}`, () => {
        const { text, notes } = makePayload({ profile: profileOf("windows10", { [setting]: word }), user: alex });
        const found = new RegExp(`/Options/${node}</LocURI>[\\s\\S]*?<Data>([^<]*)</Data>`).exec(text);
        assert.equal(found?.[1], code);
        assert.equal(notes.length, word === "basedOnMyUsage" ? 1 : 0);
      });
    }
  });

  describe("Microsoft's description, as the test reads it, refuses", () => {
    const good = makePayload(mostOf("windows10")).text;
    const bad: { name: string; from: RegExp | string; to: string; says: RegExp }[] = [
      { name: "an unknown node", from: "/ServerName", to: "/Server", says: /there is no node Server/ },
      { name: "the old root", from: "./User/Vendor", to: "./Vendor", says: /not below \.\/User\/Vendor\/MSFT/ },
      { name: "a name that is no GUID", from: /%7B[0-9A-F-]+%7D</, to: "%7Bmail%7D<", says: /does not match/ },
      { name: "an account without braces", from: /%7B([0-9A-F-]+)%7D</, to: "$1<", says: /does not match/ },
      { name: "bare braces", from: /%7B([0-9A-F-]+)%7D</, to: "{$1}<", says: /cannot have/ },
      { name: "another content type", from: /%7Bc6d47067/, to: "%7Bc6d47068", says: /is not one of \{c6d47067/ },
      { name: "a number as int", from: />chr</, to: ">int<", says: /format is int, not chr/ },
      { name: "a word for a switch", from: /(UseSSL[\s\S]*?<Data>)0/, to: "$1false", says: /false is not one of 0, 1/ },
      { name: "seven for an age", from: /(MailAgeFilter[\s\S]*?<Data>)5/, to: "$17", says: /7 is not one of/ },
      { name: "less than -1 minutes", from: "<Data>-1<", to: "<Data>-2<", says: /-2 is not in \[\(-1\)/ },
      { name: "no Atomic", from: /<\/?Atomic>(\s*<CmdID>1<\/CmdID>)?/g, to: "", says: /must be in an Atomic/ },
      { name: "a number used twice", from: "<CmdID>3<", to: "<CmdID>2<", says: /CmdID: missing, or used twice/ },
      { name: "no end", from: "<Final/>", to: "", says: /Final: missing/ },
      { name: "no address", from: "/EmailAddress", to: "/AccountIcon", says: /EmailAddress: required/ },
      { name: "a password", from: "/AccountName", to: "/Password", says: /never \(E6\)/ },
      { name: "a node without its value", from: "<Data>Exchange</Data>", to: "", says: /AccountType: no data/ },
      { name: "an ampersand", from: "&amp;", to: "& ", says: /not well-formed/ },
      {
        name: "a root that cannot be deleted",
        from: /<Add>([\s\S]*?)\/Accounts\/[^<]*([\s\S]*?)<\/Add>/,
        to: "<Delete>$1/Accounts$2</Delete>",
        says: /does not take Delete/,
      },
    ];
    it("nothing of the sample that the others spoil", () => assert.deepEqual(ddfErrors(good), []));
    for (const { name, from, to, says } of bad) {
      it(name, () => {
        const spoiled = good.replace(from, to);
        assert.notEqual(spoiled, good, "nothing was spoiled");
        assert.ok(
          ddfErrors(spoiled).some((error) => says.test(error)),
          ddfErrors(spoiled).join("\n"),
        );
      });
    }
  });
});
