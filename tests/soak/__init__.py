"""Hourly runs, one after another, on a lake that grows: does what they take stay bounded?"""
