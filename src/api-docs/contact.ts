/** The contact in both documents. The service does not know who runs it. */
export const CONTACT = { name: 'Operator of this service' };
