/** Tables of Exchange and of its connectors. */
export const exchangeSchema = "";
