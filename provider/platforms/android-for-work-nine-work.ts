import { type Platform, required } from "../platform";
import * as v from "./values";

export const androidForWorkNineWork = {
  title: "Nine Work (Android for Work)",
  odataType: "androidForWorkNineWorkEasConfiguration",
  settings: {
    ...v.common,
    ...v.authentication,
    ...v.annotated,
    ...v.contentTypes,
    ...v.noDomain,
    ...v.noAadSource,
    ...v.noSmime,
    ...v.noIosSettings,
    ...v.noNotes,
    ...v.notWindowsPhone,
    usernameSource: required(v.androidUsernameSource),
  },
} satisfies Platform;
