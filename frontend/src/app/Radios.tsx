/** One of several, each with its words. */

export interface RadioOption<Value> {
  readonly value: Value;
  readonly label: string;
  readonly about?: string;
  readonly isDisabled?: boolean;
}

export interface RadiosProps<Value extends string> {
  readonly legend: string;
  /** Test ids are `<stem>-<value>`. */
  readonly stem: string;
  readonly options: readonly RadioOption<Value>[];
  readonly value: Value;
  readonly isDisabled?: boolean;
  readonly onChange: (value: Value) => void;
}

export function Radios<Value extends string>(props: RadiosProps<Value>) {
  const { legend, stem, options, value, isDisabled = false, onChange } = props;
  return (
    <fieldset disabled={isDisabled}>
      <legend>{legend}</legend>
      {options.map((option) => (
        <label key={option.value} class="choice">
          <input
            type="radio"
            name={stem}
            data-testid={`${stem}-${option.value}`}
            checked={option.value === value}
            disabled={option.isDisabled}
            onChange={() => onChange(option.value)}
          />
          <span>
            {option.label} <small>{option.about}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
