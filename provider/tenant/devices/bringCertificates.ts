/** Certificates arrive on a device when it checks in, and leave it; each is reported on as email profiles are. */
import type { TenantContext } from "../context";
import { type Certificate, decideCertificate, type Verdict } from "./certificates";
import type { Device } from "./devices";
import { type DeviceProfile, putProfile, removeProfile } from "./profiles";
import { statusOf } from "./reasons";
import { isTargeted, type Place } from "./targets";

/** Records what happened to a certificate. */
export type NoteCertificate = (kind: string, message: string, certificateId: string) => void;

interface CheckIn {
  context: TenantContext;
  device: Device;
  place: Place;
  now: string;
  nameOf(id: string): string;
  note: NoteCertificate;
}

/**
 * Brings the certificates that target the device, trusted ones before those that need them, and takes off the others.
 * @param rows what the device reported the last time, of certificates and others
 * @returns the certificates that are on the device then, by id
 */
export function bringCertificates(
  certificates: readonly Certificate[],
  rows: ReadonlyMap<string, DeviceProfile>,
  checkIn: CheckIn,
): Map<string, Certificate> {
  const there = new Map<string, Certificate>();
  for (const certificate of certificates) {
    const row = rows.get(certificate.id);
    if (!isTargeted(certificate.assignments, checkIn.place)) {
      if (row) leave(certificate, row, checkIn);
      continue;
    }
    const verdict = decideCertificate(certificate, checkIn.device, there, checkIn.nameOf);
    if (verdict.reason === "installed") there.set(certificate.id, certificate);
    report(certificate, verdict, row, checkIn);
  }
  return there;
}

function leave({ id, displayName }: Certificate, row: DeviceProfile, { context, device, note }: CheckIn): void {
  removeProfile(context, device.id, id);
  if (row.installedVersion === null) return;
  note("certificateRemoved", `${displayName} was taken off the device: nothing assigns it there any more.`, id);
}

function report(certificate: Certificate, verdict: Verdict, row: DeviceProfile | undefined, checkIn: CheckIn): void {
  const { id, displayName, version } = certificate;
  const { context, device, now, note } = checkIn;
  const installedVersion = verdict.reason === "installed" ? version : null;
  const before = row?.installedVersion ?? null;
  if (row && row.message === verdict.message && row.reason === verdict.reason && before === installedVersion) return;
  if (installedVersion !== null && installedVersion !== before) {
    note("certificateInstalled", `${displayName} ${before === null ? "was installed" : "was renewed"}.`, id);
  } else if (verdict.reason === "rootCertificateMissing") {
    note("certificateFailed", verdict.message, id);
  }
  putProfile(context, {
    deviceId: device.id,
    profileId: id,
    status: statusOf(verdict.reason),
    ...verdict,
    lastReportedDateTime: now,
    installedVersion,
    account: null,
    approvedVersion: null,
  });
}
