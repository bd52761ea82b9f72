import { type Platform, required } from "../platform";
import * as v from "./values";

export const windows10 = {
  title: "Windows 10",
  odataType: "windows10EasEmailProfileConfiguration",
  settings: {
    ...v.common,
    ...v.userEmailUsername,
    ...v.noAuthentication,
    ...v.scheduled,
    ...v.contentTypes,
    ...v.noSmime,
    ...v.noIosSettings,
    ...v.noNotes,
    ...v.notWindowsPhone,
    accountName: required(v.text),
  },
} satisfies Platform;
