/** Who a provider says somebody is. */
export interface Claims {
  readonly subject: string;
  readonly email: string | null;
  /** Whether the provider vouches for the address being theirs. */
  readonly verified: boolean;
  readonly name: string | null;
}

/** A text that says something; null for anything else. */
export function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
