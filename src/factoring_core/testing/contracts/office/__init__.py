"""What every office promises, told as stories."""
