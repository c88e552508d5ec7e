---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@alias cbr.ErrorKind "argument"|"busy"|"config"|"connect"|"credentials"|"forbidden"|"network"|"no_memory"|"not_found"|"nothing_to_do"|"protocol"|"quota"|"service"|"task"|"throttled"|"timeout"|"tls"|"unauthorized"

---@class cbr.Error
---@field kind cbr.ErrorKind one of the kinds in `errors.kinds`
---@field message string text of the service, or of this module
---@field code? string error code of the service (`BackupService.6105`, `APIGW.0301`)
---@field reason? string what the code means, where scripts need to know: `no_backup`
---@field status? integer HTTP status
---@field request_id? string `X-Request-Id` of the response
---@field encoded_authorization_message? string details of a rejection by policy; an administrator of the account can decode it
---@field operation? string name of the operation
---@field attempts? integer number of requests that were sent
---@field advice string what to do about the failure
---@field hint? string the cause of a 401 in plain words, or why the call was not retried, or what to do about an order with an unknown outcome
---@field outcome? "not_sent"|"rejected"|"unknown" whether a call that changes something may have been accepted
---@field retryable boolean whether a later retry can help
---@field retry_after? number seconds to wait before a retry; nil if the error is not retryable
---@field seen? table[] tasks and records that may belong to an order with an unknown outcome
---@field report? cbr.Report the report of `client:wait`: the state of everything that was followed
---@field problems? cbr.Problem[] all problems, if the kind is `argument`

---@class cbr.Problem
---@field parameter string
---@field problem string

---@alias cbr.Status "waiting"|"running"|"success"|"failed"|"skipped"

---@class cbr.Item
---@field status cbr.Status
---@field progress number 0 to 100
---@field backup_id? string
---@field resource_id? string for a restore point: id of the resource that is backed up
---@field replication_record_id? string
---@field destination_backup_id? string
---@field fail_code? string
---@field fail_reason? string
---@field task_id? string
---@field unknown_status? string the service's word for the status, if cbr does not know the word

---@class cbr.Progress how far the work is
---@field percent number 0 to 100
---@field total integer number of items: backups or tasks
---@field done integer number of items that have ended
---@field succeeded integer
---@field failed integer
---@field skipped integer
---@field elapsed number seconds
---@field items? cbr.Item[] copies of the items, in the argument of `on_progress`

---@class cbr.Report: cbr.Progress what became of an order, a task, or a list of them
---@field backups? cbr.Item[] for a replication, a copy or a restore point: its backups
---@field left_out? cbr.LeftOut[] for a replication: the vault's backups that the order did not include
---@field checkpoint_id? string for a restore point: its id
---@field operation_type? string for a restore or a deletion: the type of its task
---@field status? cbr.Status for a sync, a task, a restore or a deletion: its status
---@field imported? integer for a sync: number of imported backups
---@field removed? integer for a sync: number of removed backups
---@field not_imported? integer for a sync: number of backups that could not be imported
---@field task? cbr.Task for a sync, a task, a restore or a deletion: the task as the service shows it
---@field parts? cbr.Report[] for a list: a report for each entry, in the order of the entries

---@class cbr.LeftOut
---@field backup_id string
---@field reason "already_there"|"in_progress"|"is_replica"|"no_system_disk"|"unknown"|string `state_…` for a backup in another state than `available`

---@class cbr.Finding
---@field code string the code with which the service would reject the order
---@field kind string the kind of the error that the order would return
---@field reason? string the reason of that error: `no_backup`
---@field about "source"|"destination"|"route"|"backups"|"tasks"
---@field message string

---@class cbr.Check
---@field name string what was checked: `software`, `options`, `credentials`, `profile`, `metadata`, `region`, `endpoint`, `proxy`, `connection`, `tls`, `clock`, `project`, `permission` or `order`
---@field verdict "ok"|"note"|"fault"|"unchecked" with `note`, the service can be used nevertheless; with `unchecked`, the check was not possible
---@field message string what was found; contains no secret
---@field advice? string what to do
---@field kind? cbr.ErrorKind kind of the error that caused a fault
---@field operation? string for a `permission`: the operation that needs it
---@field action? string for a `permission`: its name (IAM action)
---@field offset? number for the `clock`: seconds by which this machine's clock is behind the service's

---@class cbr.Diagnosis
---@field is_ok boolean there is no fault
---@field checks cbr.Check[] in the order in which they were made

---@class cbr.SignRequest
---@field method string
---@field host string
---@field path string raw, not percent-encoded
---@field query? table<string, string|number|boolean|(string|number|boolean)[]>
---@field headers? table<string, string> signed as they are
---@field body? string

---@class cbr.SignCredentials
---@field access_key string
---@field secret_key string
---@field security_token? string
---@field project_id? string
---@field domain_id? string
---@field algorithm? string default: `SDK-HMAC-SHA256`
---@field region? string for `V11-HMAC-SHA256`
---@field service? string for `V11-HMAC-SHA256`

---@class cbr.Signature
---@field url_path string percent-encoded, to be sent as it is
---@field query_string string sorted and encoded, without `?`
---@field headers table<string, string> everything to send, with Host and Authorization
---@field canonical_request string contains the security token, if any
---@field string_to_sign string
---@field signed_headers string
---@field signature string
---@field authorization string

---@class cbr.Description
---@field name string
---@field alias? string this module's own name of the operation
---@field group string heading in the reference
---@field method string
---@field path string after the host
---@field does string
---@field returns string
---@field clouds string[] `huawei`, and `otc` if Open Telekom Cloud has a page about the operation
---@field action? string permission (IAM action) that the operation needs
---@field other_actions string[] other permissions that the operation needs
---@field page string URL of Huawei Cloud's API page
---@field parameters cbr.ParameterDescription[]
---@field result cbr.ResultDescription
---@field codes cbr.CodeDescription[] error codes to expect

---@class cbr.ParameterDescription
---@field name string
---@field wire? string the name that is sent, if it is not `name`
---@field at? "path"|"query"|"body" where the parameter is sent; nil for a field of another parameter
---@field type string "string", "integer", "number", "boolean", "object", "list" or "string or list"
---@field items? string type of the members of a list
---@field required boolean
---@field instead? string for the id of a vault: the parameter that can give the vault's name in its place
---@field meaning string
---@field default? any the value that cbr sends if the caller sets none
---@field service_default? any the value that the service assumes if none is sent
---@field minimum? number
---@field maximum? number
---@field besides? number a number that is valid, although it is not between `minimum` and `maximum`
---@field min_length? integer smallest number of characters
---@field max_length? integer largest number of characters
---@field min_items? integer
---@field max_items? integer
---@field values? string[] all values
---@field known_values? string[] usual values; others are sent too
---@field pattern? string which texts are valid, in words
---@field fields? cbr.ParameterDescription[] fields of an object, or of each member of a list

---@class cbr.ResultDescription
---@field type string "true", "object" or "list"
---@field fields? cbr.ResultField[]

---@class cbr.ResultField
---@field name string `*` stands for any name
---@field type string
---@field items? string type of the members of a list
---@field object? string name of the object, if other results have the same object
---@field meaning string
---@field fields? cbr.ResultField[]

---@class cbr.CodeDescription
---@field code string
---@field kind string kind of the error
---@field retryable boolean
---@field meaning? string
---@field advice string
