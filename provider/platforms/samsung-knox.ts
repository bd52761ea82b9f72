import { link, optional, type Platform, required } from "../platform";
import * as v from "./values";

export const samsungKnox = {
  title: "Samsung KNOX",
  odataType: "androidEasEmailProfileConfiguration",
  settings: {
    ...v.common,
    ...v.authentication,
    ...v.scheduled,
    ...v.contentTypes,
    ...v.noAadSource,
    ...v.noIosSettings,
    ...v.notWindowsPhone,
    accountName: required(v.text),
    usernameSource: required(v.androidUsernameSource),
    userDomainNameSource: optional(v.domainNameSource),
    customDomainName: optional(v.text),
    requireSmime: required(v.flag),
    smimeSigningCertificate: link(v.id),
    syncNotes: required(v.flag),
  },
} satisfies Platform;
