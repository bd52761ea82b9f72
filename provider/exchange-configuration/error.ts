/** The file could not be read, or says twice what it may say once. */
export class ConfigurationError extends Error {}
