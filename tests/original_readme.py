"""The blocks of the service's first README that people copied, word for word."""

ENV_FILE = """\
# Tasks Service Configuration
TASKS_PORT=5001
TASKS_HOST=0.0.0.0
SECRET_KEY=your-secret-key-here

# Database Configuration
DATABASE_URL=sqlite:///tasks.db
REDIS_URL=redis://localhost:6379/2

# Main Slack Bot API (for integration)
SLACK_BOT_API_URL=http://localhost:8080
SLACK_BOT_API_KEY=your-api-key-here

# Slack API (for user import jobs)
SLACK_BOT_TOKEN=xoxb-your-bot-token
SLACK_APP_TOKEN=xapp-your-app-token
"""
USER_IMPORT = """{
    "job_type": "slack_user_import",
    "job_id": "daily_user_sync",
    "schedule": {
      "trigger": "cron",
      "hour": 2,
      "minute": 0
    },
    "parameters": {
      "user_types": "member,admin",
      "include_deactivated": false
    }
  }"""
METRICS = """{
    "job_type": "metrics_collection",
    "schedule": {
      "trigger": "interval",
      "minutes": 30
    },
    "parameters": {
      "metric_types": "usage,performance,errors",
      "time_range_hours": 1,
      "aggregate_level": "hourly"
    }
  }"""
PRODUCTION = """\
# Use PostgreSQL for production
DATABASE_URL=postgresql://user:pass@localhost/tasks

# Use Redis cluster for high availability
REDIS_URL=redis://redis-cluster:6379/0

# Enable production logging
FLASK_ENV=production
LOG_LEVEL=INFO

# Security
SECRET_KEY=your-very-secure-secret-key
SLACK_BOT_API_KEY=your-api-authentication-key
"""
