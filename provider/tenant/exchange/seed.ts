/** The seed's Exchange organizations. */
import { z } from "zod";
import type { TenantContext } from "../context";

export const exchangeOrganizationSeed = z.looseObject({ name: z.string() });

export function plantExchange(
  _context: TenantContext,
  _organizations: z.output<typeof exchangeOrganizationSeed>[],
): void {}
