/** `managedDeviceCertificateStates` of a certificate profile: what each device that asked for it got (beta). */
import type { TenantContext } from "../context";
import type { DevicePlatform } from "../devices/devices";
import { badRequest } from "../errors";
import { enumOf, knownType } from "../metadata";
import { never } from "../plant";
import { pageOf } from "../query";
import { betaOnly, type Entity, type Reply, type Route, type RouteRequest, scopes } from "../route";
import { type ConfigurationRow, requestedConfiguration } from "./configurations";

const navigation = "managedDeviceCertificateStates";
const answers = "managedDeviceCertificateState";

export const certificateStateRoutes: readonly Route[] = [
  {
    method: "GET",
    path: `/deviceManagement/deviceConfigurations/:id/${navigation}`,
    versions: betaOnly,
    scopes: scopes.configuration.read,
    answers: `Collection(${answers})`,
    handle: list,
  },
];

interface StateRow {
  deviceId: string;
  deviceName: string;
  platform: DevicePlatform;
  userDisplayName: string | null;
  reason: "installed" | "rootCertificateMissing";
}

const issuanceState: Record<StateRow["reason"], string> = {
  installed: "installed",
  rootCertificateMissing: "issueFailed",
};

const devicePlatform: Record<DevicePlatform, string> = {
  ios: "iOS",
  samsungKnox: "android",
  windowsPhone81: "windowsPhone81",
  windows10: "windows10AndLater",
  androidForWork: "androidForWork",
};

function list(context: TenantContext, request: RouteRequest): Reply {
  const profile = requestedConfiguration(context, request);
  if (!knownType(profile.type).navigations.has(navigation)) {
    throw badRequest(`The type 'microsoft.graph.${profile.type}' has no navigation property '${navigation}'.`);
  }
  // A device of another platform asks for nothing.
  const all = context.db.all<StateRow>(
    `SELECT device.id AS deviceId, deviceName, platform, user.displayName AS userDisplayName, reason
     FROM deviceProfile JOIN device ON device.id = deviceId LEFT JOIN user ON user.id = userId
     WHERE profileId = :id AND reason IN ('installed', 'rootCertificateMissing') ORDER BY device.rowid`,
    { id: profile.id },
  );
  const known = ofProfile(profile);
  return { status: 200, page: pageOf(request, { type: answers, all, entityOf: (row) => entity(profile, known, row) }) };
}

/** What every device's state has from the profile. */
function ofProfile({ displayName, properties }: ConfigurationRow): Entity {
  const given = JSON.parse(properties) as Record<string, unknown>;
  /** A member of an enum, or the enum's first where the profile has none: no state may be without one. */
  const member = (name: string, value: unknown) => {
    const { flags, members } = enumOf(name)!;
    const known = flags ? value : members.find((each) => each.name === value)?.name;
    return known ?? members[0]!.name;
  };
  return {
    certificateProfileDisplayName: displayName,
    certificateKeyLength: Number(/\d+/.exec(String(given.keySize))?.[0] ?? 0),
    certificateKeyUsage: member("keyUsages", given.keyUsage),
    certificateKeyStorageProvider: member("keyStorageProviderOption", given.keyStorageProvider),
    certificateSubjectNameFormat: member("subjectNameFormat", given.subjectNameFormat),
    certificateSubjectNameFormatString: given.subjectNameFormatString ?? null,
    certificateSubjectAlternativeNameFormat: member("subjectAlternativeNameType", given.subjectAlternativeNameType),
    certificateSubjectAlternativeNameFormatString: given.subjectAlternativeNameFormatString ?? null,
    certificateValidityPeriod: given.certificateValidityPeriodValue ?? 0,
    certificateValidityPeriodUnits: member("certificateValidityPeriodScale", given.certificateValidityPeriodScale),
    certificateEnhancedKeyUsage: null,
  };
}

/** The simulation issues no certificates: who issued one, its number and its dates are not known. */
const entity = ({ id }: ConfigurationRow, known: Entity, row: StateRow): Entity => ({
  id: `${id}_${row.deviceId}`,
  ...known,
  deviceDisplayName: row.deviceName,
  devicePlatform: devicePlatform[row.platform],
  userDisplayName: row.userDisplayName,
  certificateIssuanceState: issuanceState[row.reason],
  certificateErrorCode: 0,
  certificateRevokeStatus: "none",
  certificateIssuer: null,
  certificateSerialNumber: null,
  certificateThumbprint: null,
  certificateIssuanceDateTime: never,
  certificateExpirationDateTime: never,
  certificateLastIssuanceStateChangedDateTime: never,
  lastCertificateStateChangeDateTime: never,
});
