/** Stands for the operator where a company is needed; no company id begins with a colon. */
export const OPERATOR_LOG = ':operator';
