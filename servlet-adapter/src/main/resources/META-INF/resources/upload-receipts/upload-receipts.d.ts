/** Where a file is. `missing`: a reload has lost it, so the person has to choose it again. */
export type UploadState = 'waiting' | 'uploading' | 'processing' | 'done' | 'failed' | 'missing';

/** What is known of a file in the list. */
export interface UploadedFile {
  /** Names the file in this element: in `removeFile`, and in the slot `row-…` of its row. */
  readonly key: string;
  /** Absent after the page was loaded again. */
  readonly file?: File;
  readonly name: string;
  readonly size: number;
  readonly type: string;
  /** Where the file was in its folder, with `/` between segments. */
  readonly path?: string;
  readonly state: UploadState;
  /** How many bytes have arrived. */
  readonly sent: number;
  readonly receipt?: string;
  /** What the application has handed over for the page. */
  readonly data?: unknown;
  /** Words for the person. */
  readonly error?: string;
}

/** A text with `{…}` for values, or one for each plural category of the language. */
export type Words = string | Partial<Record<Intl.LDMLPluralRule, string>>;

/** The texts of the element. Those that are left out are in English. */
export interface Messages {
  choose?: Words;
  drop?: Words;
  folder?: Words;
  none?: Words;
  chosen?: Words;
  uploaded?: Words;
  all?: Words;
  waiting?: Words;
  again?: Words;
  offline?: Words;
  processing?: Words;
  done?: Words;
  missing?: Words;
  remove?: Words;
  up?: Words;
  down?: Words;
  retry?: Words;
  retryAll?: Words;
  position?: Words;
  removed?: Words;
  held?: Words;
  failed?: Words;
  type?: Words;
  count?: Words;
  folders?: Words;
  empty?: Words;
  changed?: Words;
  large?: Words;
  unreachable?: Words;
  refused?: Words;
}

export interface UploadReceiptsEventMap extends HTMLElementEventMap {
  /** A file is stored. */
  receipt: CustomEvent<UploadedFile>;
  /** The application checks a file that is stored. */
  processing: CustomEvent<UploadedFile>;
  /** How many bytes of all files have arrived. */
  progress: CustomEvent<{ readonly sent: number; readonly total: number }> & ProgressEvent;
  /** A file was not uploaded, or the application refuses it. */
  error: CustomEvent<UploadedFile> & ErrorEvent;
}

/** A form field that uploads files as they are chosen, and submits their receipts in order. */
export class UploadReceipts extends HTMLElement {
  static readonly formAssociated: true;

  /** Forgets where uploads continue after a reload: for when a person signs out. */
  static logout(): Promise<void>;

  /** The name of the form field. */
  name: string;
  /** The URL of UploadFilter, or several with spaces between: they are used in turn. */
  endpoint: string;
  /** Where tickets are asked for: `{"files":[{"name","type","size","path"}]}` gets `{"ticket"}` or `{"tickets":[…]}`. */
  ticketEndpoint: string;
  /** A ticket with a slot for each file. */
  ticket: string;
  /** As in `<input type="file">`. */
  accept: string;
  maxFiles: number;
  /** Whose uploads these are, and for what: an upload continues after a reload only under the same owner. */
  owner: string;
  /** What happens to a form that is submitted before all files are there. */
  pending: '' | 'hold' | 'block' | 'ignore';
  /** `submit`: nothing is uploaded before the form is submitted. */
  start: '' | 'submit';
  required: boolean;
  /** Pauses the uploads. */
  disabled: boolean;
  /** Hidden inputs instead of a form value, for scripts that read the fields of a form by themselves. */
  light: boolean;
  /** Whether folders can be chosen and dropped. */
  folders: boolean;
  /** Whether requests to another origin carry cookies. */
  withCredentials: boolean;
  /**
   * The header field of the token against cross-site request forgery. By default it is that of `<meta name="csrf-header">`,
   * `X-CSRF-TOKEN`, or with a cookie `X-XSRF-TOKEN`.
   */
  csrfHeader: string;
  /** By default that of `<meta name="csrf-token">`, for an endpoint of the page's own origin. */
  csrfToken: string;
  /** The cookie that has the token. */
  csrfCookie: string;
  messages: Messages | undefined;

  /** The receipts so far, in order. */
  readonly value: string[];
  /** What is known of each file, in order. */
  readonly files: readonly UploadedFile[];
  /** All receipts in order, when every file is there. Rejected if one fails. */
  readonly receipts: Promise<string[]>;

  /** Adds files, as if a person had chosen them. */
  addFiles(files: Iterable<File>): void;
  /** Removes a file, as its button does. */
  removeFile(key: string): void;
  /** Tries again what has failed, or uploads one file again, whose receipt is refused. */
  retry(key?: string): void;

  readonly form: HTMLFormElement | null;
  readonly labels: NodeList;
  readonly validity: ValidityState;
  readonly validationMessage: string;
  readonly willValidate: boolean;
  checkValidity(): boolean;
  reportValidity(): boolean;

  addEventListener<K extends keyof UploadReceiptsEventMap>(
    type: K, listener: (this: UploadReceipts, event: UploadReceiptsEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof UploadReceiptsEventMap>(
    type: K, listener: (this: UploadReceipts, event: UploadReceiptsEventMap[K]) => unknown, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | EventListenerOptions): void;
}

/** What React 19 sets: properties, and handlers by the names of the events. */
export interface UploadReceiptsAttributes {
  name?: string;
  endpoint?: string;
  ticketEndpoint?: string;
  ticket?: string;
  accept?: string;
  maxFiles?: number;
  owner?: string;
  pending?: 'hold' | 'block' | 'ignore';
  start?: 'submit';
  required?: boolean;
  disabled?: boolean;
  light?: boolean;
  folders?: boolean;
  withCredentials?: boolean;
  csrfHeader?: string;
  csrfToken?: string;
  csrfCookie?: string;
  messages?: Messages;
  children?: unknown;
  class?: string;
  className?: string;
  id?: string;
  key?: string | number | null;
  ref?: unknown;
  slot?: string;
  style?: unknown;
  onreceipt?: (event: UploadReceiptsEventMap['receipt']) => void;
  onprocessing?: (event: UploadReceiptsEventMap['processing']) => void;
  onprogress?: (event: UploadReceiptsEventMap['progress']) => void;
  onerror?: (event: UploadReceiptsEventMap['error']) => void;
}

declare global {
  interface HTMLElementTagNameMap {
    'upload-receipts': UploadReceipts;
  }
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'upload-receipts': UploadReceiptsAttributes;
    }
  }
}
