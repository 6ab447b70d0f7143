"""The demo practice: invented people, real services, a stand-in clearing house. No real practice needs it."""
