/** What every input of a form is given: its id, and how it stands. */
export interface InputAttributes {
  readonly id: string;
  readonly disabled: boolean;
  readonly "aria-invalid": boolean;
  readonly "aria-describedby": string;
}
