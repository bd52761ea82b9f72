/** Payloads of a tenant's profiles, and the document of `payload --json`: new fields may come, none change. */
import type { Graph } from "../../graph/client";
import type { ProfileType, User } from "../../payload/input";
import type { Payload } from "../../payload/payload";
import { UserError } from "../../user-error";
import { type EmailProfile, emailProfiles, findProfile } from "../tenant/profiles";
import { certificatesOf } from "./certificates";
import { type Device, findDevice, findUser, reachIn } from "./people";

interface About {
  profile: { id: string; displayName: string };
  type: ProfileType;
  user: { id: string; userPrincipalName: string };
}

export interface Made extends About {
  payload: Payload;
}

/** What could not be made, and why. */
export interface NotMade extends About {
  message: string;
}

export interface PayloadDocument {
  version: 1;
  /** One for each profile and user; `text` where nothing was written. */
  files: (About & { file: string; contentType: string; notes: string[]; text?: string })[];
  failures: NotMade[];
}

export function documentOf(made: readonly Made[], failures: NotMade[], fileOf?: (made: Made) => string) {
  const files = made.map((each) => {
    const { payload, ...about } = each;
    const { contentType, notes, fileName, text } = payload;
    return fileOf
      ? { ...about, file: fileOf(each), contentType, notes }
      : { ...about, file: fileName, contentType, notes, text };
  });
  return { version: 1, files, failures } satisfies PayloadDocument;
}

/** What one user gets of one profile; on one device, where that is said. */
export async function makeOne(graph: Graph, profileName: string, userName: string, deviceName?: string): Promise<Made> {
  const profile = findProfile(await emailProfiles(graph), profileName);
  const user = await findUser(graph, userName);
  const device = deviceName === undefined ? undefined : await findDevice(graph, user, deviceName);
  if (device) checkPlatform(profile, device);
  const certificates = await certificatesOf(graph, profile);
  return { ...about(profile, user), payload: makePayload({ profile: profile.entity, user, certificates, device }) };
}

const systems: Record<ProfileType, RegExp> = {
  ios: /^(ios|ipados)/i,
  samsungKnox: /^android/i,
  windowsPhone81: /^windows/i,
  windows10: /^windows/i,
  androidForWorkGmail: /^android/i,
  androidForWorkNineWork: /^android/i,
};

function checkPlatform({ displayName, type }: EmailProfile, { deviceName, operatingSystem }: Device): void {
  if (systems[type].test(operatingSystem)) return;
  throw new UserError(
    `"${displayName}" is for ${type}, and ${deviceName} runs ${operatingSystem}: it takes nothing of it (E1).`,
  );
}

/** Everything that is deployed, for everybody that it reaches; what cannot be made does not keep the rest back. */
export async function makeAll(graph: Graph, progress: (text: string) => void) {
  progress("Reading profiles");
  const deployed = (await emailProfiles(graph)).filter(({ assignments }) => assignments.length > 0);
  const reached = reachIn(graph);
  const read = await Promise.all(
    deployed.map(async (profile) => {
      const [users, certificates] = await Promise.all([reached(profile), certificatesOf(graph, profile)]);
      return { profile, users, certificates };
    }),
  );
  const made: Made[] = [];
  const failures: NotMade[] = [];
  for (const { profile, users, certificates } of read) {
    progress(profile.displayName);
    for (const user of users) {
      try {
        made.push({ ...about(profile, user), payload: makePayload({ profile: profile.entity, user, certificates }) });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        failures.push({ ...about(profile, user), message: error.message });
      }
    }
  }
  return { made, failures };
}

const about = ({ id, displayName, type }: EmailProfile, user: User): About => ({
  profile: { id, displayName },
  type,
  user: { id: user.id, userPrincipalName: user.userPrincipalName },
});

/** Loaded where a payload is made only: the XML libraries would slow the start of every verb. */
const makePayload: typeof import("../../payload/payload").makePayload = (input) =>
  (require("../../payload/payload") as typeof import("../../payload/payload")).makePayload(input);
