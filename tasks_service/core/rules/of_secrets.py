"""Rules about secrets that stand where everybody can read them."""

from tasks_service.core.rules.rule import Rule

_HEAD = "job_id: ping\njob_type: http_request\nschedule: {trigger: interval, hours: 1}\nparameters:\n"
_URL = "  url: https://example.com/api/ping\n"
_RIGHT = _HEAD + _URL + '  headers: {Authorization: "Bearer ${TASKS_SECRET_PING}"}\n'

SECRETS = (
    Rule(
        id="JM040",
        title="a secret stands in clear text",
        why="A manifest is read by many: in the repository and its history, on pages and in the database. The value "
        "has the form of a real token, of a private key, or it is the password in an address. It is not repeated here.",
        remedy="Withdraw the secret, since it must count as known; put the new one into a variable "
        "`TASKS_SECRET_NAME` of the service and write `${TASKS_SECRET_NAME}`. Only the run of this job sees it.",
        wrong=_HEAD + "  url: https://robot:opensesame@example.com/api/ping\n",
        right=_HEAD + "  url: https://robot:${TASKS_SECRET_ROBOT}@example.com/api/ping\n",
        remarks="Known are the tokens of Slack, GitHub, GitLab, AWS, Google and Stripe, JSON Web Tokens, private keys "
        "and passwords in addresses. What only looks like a secret is [JM041](JM041.md).",
    ),
    Rule(
        id="JM041",
        title="a value looks like a secret in clear text",
        severity="warning",
        why="By its name the key holds a credential (Authorization, Cookie, password, token, api_key and the like), "
        "and its value is written out.",
        remedy="Put it into a variable `TASKS_SECRET_NAME` of the service and write `${TASKS_SECRET_NAME}`, also "
        "within other text.",
        wrong=_HEAD + _URL + "  headers: {Authorization: Bearer opensesame}\n",
        right=_RIGHT,
        remarks="Short words that can protect nothing, such as `none`, are let through.",
    ),
)
