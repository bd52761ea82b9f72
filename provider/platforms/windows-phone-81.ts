import { optional, type Platform, required } from "../platform";
import * as v from "./values";

export const windowsPhone81 = {
  title: "Windows Phone 8.1",
  odataType: "windowsPhoneEASEmailProfileConfiguration",
  settings: {
    ...v.common,
    ...v.userEmailUsername,
    ...v.noAuthentication,
    ...v.scheduled,
    ...v.contentTypes,
    ...v.noSmime,
    ...v.noIosSettings,
    ...v.noNotes,
    accountName: required(v.text),
    applyOnlyToWindowsPhone81: optional(v.flag, false),
  },
} satisfies Platform;
